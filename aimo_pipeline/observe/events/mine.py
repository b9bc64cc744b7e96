"""Mined rules: each that reproduces the terms, and what mining came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CandidateMined:
    """A rule reproduces the terms of a trace.

    Attributes:
        standing: "found"; "contradicted" (by a fresh term of the program); "rival" (to the one found); "one
            of several" (none of which could be preferred); "but for one term" (the rule of all other terms).
        rule: in words, long integers shortened.
        parameters: all of it as JSON, see mine/parameters.py.
        unknowns, spare, bits: as in MineFinished; None for a rival, of which only the bits are known.
        differs_at: of a rival: least index beyond the terms at which it parts from the one found.
    """

    problem_id: str
    sample: int
    standing: str
    family: str
    rule: str
    parameters: str
    unknowns: int | None
    spare: int | None
    bits: float
    differs_at: int | None


@dataclass(frozen=True)
class MineFinished:
    """A rule was found (`family` is set) or not (`reason` says why).

    CandidateMined has the rules themselves.

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
