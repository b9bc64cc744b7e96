"""How mining a sequence ends."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.formula import Formula


@dataclass(frozen=True)
class Rival:
    """Another rule that reproduces every term.

    Attributes:
        formula, family, bits: as in Found.
        differs_at: least index after the terms at which it parts from the rule that was chosen; None if none
            was met as far as they were compared.
    """

    formula: Formula
    family: str
    bits: float
    differs_at: int | None


@dataclass(frozen=True)
class Found:
    """A rule reproduces every term.

    Attributes:
        formula: the rule.
        family: such as "c-finite" or "polynomial".
        spare: terms beyond those that determine the rule, all of which it predicted.
        unknowns: numbers that were fitted, such as 2 * order.
        bits: evidence that the spare terms carry; a chance fit has a probability of about 2^-bits.
        rivals: other rules that reproduce every term too, the strongest first.
        wants: indices of further terms that would test the rule best: fresh ones, and first of all those at
            which a rival differs.
        odd_first: what the rule would say of the first term, which is another one and kept as it is: a start
            of its own, or a wrong term; all others are as the rule says. None where there is no such term.
    """

    formula: Formula
    family: str
    spare: int
    unknowns: int = 0
    bits: float = 0.0
    rivals: tuple[Rival, ...] = ()
    wants: tuple[int, ...] = ()
    odd_first: int | None = None


@dataclass(frozen=True)
class NothingFits:
    """No rule is strong enough; `reason` says why in one line."""

    reason: str


FitOutcome = Found | NothingFits  # of one family's miner


@dataclass(frozen=True)
class TooFewTerms:
    """There are fewer terms than any family needs; `wants` are the indices of the next ones."""

    reason: str
    wants: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """All terms are the same, too few of them to tell a constant from a program that does nothing."""

    reason: str
    value: int
    wants: tuple[int, ...]


@dataclass(frozen=True)
class Ambiguous:
    """Several rules fit about equally well and part at `differ_at`; the terms at `wants` would settle it."""

    reason: str
    rivals: tuple[Found, ...]
    differ_at: int
    wants: tuple[int, ...]


@dataclass(frozen=True)
class OutlierSuspected:
    """All terms but the one at `index` obey a strong rule, which expects `expected` there."""

    reason: str
    index: int
    expected: int
    without_it: Found


@dataclass(frozen=True)
class BadTerms:
    """The terms are not integers, or there are too many."""

    reason: str


MineOutcome = Found | NothingFits | TooFewTerms | Constant | Ambiguous | OutlierSuspected | BadTerms
