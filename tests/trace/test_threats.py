"""The threat model, tried: every attack of the catalogue is run for real, and looked at from outside.

Judges run in processes of their own, with root's rights, with those of a Kaggle container, and with none; see
threats/judge.py. `python -m tests.bench.sandbox --threats` prints the same as a table.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.trace.threats import modes
from tests.trace.threats.attack import Fact
from tests.trace.threats.catalogue import ATTACKS
from tests.trace.threats.trial import NAMES, NOTHING, Trial, tried

_LIMIT_S = 150.0
_SLOW = {modes.BARE, NOTHING}
_WORKS_UNPROTECTED = tuple(attack.name for attack in ATTACKS if attack.breaks is not None)
_BREAKS = {attack.name: attack.breaks for attack in ATTACKS}


def _params(mode: str) -> object:
    return pytest.param(mode, marks=[pytest.mark.slow] if mode in _SLOW else [])


@pytest.fixture(scope="module")
def trials(request: pytest.FixtureRequest) -> dict[str, Trial]:
    """Of each mode that any selected test asks for, exactly the attacks that are asked for; all at once."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for item in request.session.items:
        if "trials" in getattr(item, "fixturenames", ()) and isinstance(item, pytest.Function):
            wanted[str(item.callspec.params["mode"])].append(str(item.callspec.params["name"]))
    return tried(wanted, limit_s=_LIMIT_S)


def _verdict(trials: dict[str, Trial], mode: str, name: str) -> dict[str, object]:
    trial = trials[mode]
    if name not in trial.verdicts:
        pytest.fail(f"the judge died in {trial.died_in or 'its start or end'!r}: {trial.said}")
    return trial.verdicts[name]


class TestContainment:
    """Whatever a program tries: nothing gets out, nothing else is touched, nothing of it is left, the next
    program finds all as it was."""

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("mode", [_params(mode) for mode in modes.here()])
    def test_it_is_contained(self, trials: dict[str, Trial], mode: str, name: str) -> None:
        verdict = _verdict(trials, mode, name)
        assert not verdict["broken"], verdict


class TestPotency:
    """An attack that fails anyhow tests nothing: unprotected, each breaks the fact it is meant to break."""

    @pytest.mark.parametrize("name", _WORKS_UNPROTECTED)
    @pytest.mark.parametrize("mode", [_params(NOTHING)])
    @pytest.mark.skipif(not modes.available(modes.ROOT), reason="many attacks need root's rights to work")
    def test_the_attack_works_where_nothing_protects(
        self, trials: dict[str, Trial], mode: str, name: str
    ) -> None:
        assert _BREAKS[name] in [Fact(fact) for fact in _verdict(trials, mode, name)["broken"]]  # type: ignore[attr-defined]
