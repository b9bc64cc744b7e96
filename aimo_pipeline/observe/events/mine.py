"""Mined rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MineFinished:
    """A rule was found (`family` is set) or not (`reason` says why).

    Attributes:
        unknowns: numbers that were fitted.
        bits: evidence that the spare terms carry.
        rivals: families of other rules that give the same terms.
        wanted, agreed: indices of further terms that were asked of the program, and those at which it agreed.
    """

    problem_id: str
    sample: int
    family: str | None
    unknowns: int | None
    spare: int | None
    bits: float | None
    rivals: tuple[str, ...]
    wanted: tuple[int, ...]
    agreed: tuple[int, ...]
    reason: str
    seconds: float
