"""The threat model, tried: every attack of the catalogue is run for real, and looked at from outside.

Judges run in processes of their own, with root's rights, with those of a Kaggle container, the same without
Landlock, and with none; see threats/judge.py. `python -m tests.bench.sandbox --threats` prints a table of it.
"""

from __future__ import annotations

import platform
from collections import defaultdict

import pytest

from tests.trace.threats import modes
from tests.trace.threats.attack import Fact
from tests.trace.threats.catalogue import ATTACKS, CATALOGUE
from tests.trace.threats.trial import NAMES, NOTHING, Trial, tried

_LIMIT_S = 150.0

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the attacks' system call numbers are those of x86-64"
)
_SLOW = {modes.BARE, NOTHING}
# Where Landlock is missing, it is these that another layer has to contain.
_FILES = ("spying on processes", "reading files", "writing files", "filling disks")
_ON_FILES = {attack.name for group in _FILES for attack in CATALOGUE[group]}
_WORKS_UNPROTECTED = tuple(attack.name for attack in ATTACKS if attack.breaks is not None)
_BREAKS = {attack.name: attack.breaks for attack in ATTACKS}


def _trials() -> list[object]:
    """Each attack in each mode that can be taken on; without Landlock those that it would have stopped."""
    return [
        pytest.param(mode, name, marks=[pytest.mark.slow] if mode in _SLOW else [])
        for mode in modes.here()
        for name in NAMES
        if mode != modes.OLD or name.removesuffix(" (cell)") in _ON_FILES
    ]


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

    @pytest.mark.parametrize(("mode", "name"), _trials())
    def test_it_is_contained(self, trials: dict[str, Trial], mode: str, name: str) -> None:
        verdict = _verdict(trials, mode, name)
        assert not verdict["broken"], verdict


class TestPotency:
    """An attack that fails anyhow tests nothing: unprotected, each breaks the fact it is meant to break."""

    @pytest.mark.parametrize("name", _WORKS_UNPROTECTED)
    @pytest.mark.parametrize("mode", [pytest.param(NOTHING, marks=pytest.mark.slow)])
    @pytest.mark.skipif(not modes.available(modes.ROOT), reason="many attacks need root's rights to work")
    def test_the_attack_works_where_nothing_protects(
        self, trials: dict[str, Trial], mode: str, name: str
    ) -> None:
        assert _BREAKS[name] in [Fact(fact) for fact in _verdict(trials, mode, name)["broken"]]  # type: ignore[attr-defined]
