"""The public notebooks' policy and ours on the same scripted attempts, over the same fake server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bench.policies import LONG_S, SCENARIOS, Given, Scenario, all_of_them
from tests.sandboxed import Shared

# Where the deadline itself matters, how fast the machine is does too; such a scenario is for the bench.
UNTIMED = [one for one in SCENARIOS if one.grant_s == LONG_S]


@pytest.fixture(scope="module")
def given(shared_sandbox: Shared, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Given, Given]]:
    """What each policy gave, by the scenario's name."""
    folder: Path = tmp_path_factory.mktemp("policies")
    found = asyncio.run(all_of_them(UNTIMED, shared_sandbox, folder))
    return {one.name: pair for one, pair in zip(UNTIMED, found, strict=True)}


class TestPolicies:
    """Each gives what its scenario says that it gives: where they differ, and where they do not."""

    @pytest.mark.parametrize("scenario", UNTIMED, ids=[one.name for one in UNTIMED])
    def test_a_scenario_ends_as_it_says(
        self, given: dict[str, tuple[Given, Given]], scenario: Scenario
    ) -> None:
        theirs, ours = given[scenario.name]
        assert (theirs.value, ours.value) == (scenario.theirs, scenario.ours)
