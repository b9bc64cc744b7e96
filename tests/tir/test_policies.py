"""The public notebooks' policy and ours on the same scripted attempts, over the same fake server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bench.policies import SCENARIOS, Given, all_of_them
from tests.sandboxed import Shared


@pytest.fixture(scope="module")
def given(shared_sandbox: Shared, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Given, Given]]:
    """What each policy gave, by the scenario's name."""
    folder: Path = tmp_path_factory.mktemp("policies")
    found = asyncio.run(all_of_them(shared_sandbox, folder))
    return {one.name: pair for one, pair in zip(SCENARIOS, found, strict=True)}


class TestPolicies:
    """Each gives what its scenario says that it gives: where they differ, and where they do not."""

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])
    def test_a_scenario_ends_as_it_says(
        self, given: dict[str, tuple[Given, Given]], scenario: object
    ) -> None:
        [one] = [known for known in SCENARIOS if known is scenario]
        theirs, ours = given[one.name]
        assert (theirs.value, ours.value) == (one.theirs, one.ours)
