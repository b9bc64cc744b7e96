"""What the stages hand to each other: problems, sequences, formulas, evidence and answers.

Everything here is immutable and knows nothing of how it was made. Integers are Python
integers of any size; only an `Answer` is held to the competition's range.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import assert_never

ANSWER_MIN = 0
ANSWER_MAX = 99_999


@dataclass(frozen=True)
class Problem:
    """One competition problem as the gateway gave it; the text may be empty or malformed."""

    id: str
    text: str

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the UTF-8 text with surrounding white space removed."""
        return hashlib.sha256(self.text.strip().encode("utf-8", "replace")).hexdigest()


class Subject(StrEnum):
    """The four olympiad subjects, and the honest rest."""

    ALGEBRA = "algebra"
    COMBINATORICS = "combinatorics"
    GEOMETRY = "geometry"
    NUMBER_THEORY = "number_theory"
    OTHER = "other"


class Asked(StrEnum):
    """What kind of integer a problem asks for."""

    REMAINDER = "remainder"
    LAST_DIGITS = "last_digits"
    FLOOR = "floor"
    FRACTION_SUM = "fraction_sum"
    COUNT = "count"
    VALUE = "value"


@dataclass(frozen=True)
class Route:
    """Where a problem goes first.

    Attributes:
        subject: best guess.
        traceable: True when small cases of the problem look worth computing.
        tier: 1 (a routine exercise) to 3 (the last problem of an olympiad); 2 where nobody judged.
        asked: what kind of integer is wanted.
    """

    subject: Subject
    traceable: bool
    tier: int = 2
    asked: Asked = Asked.VALUE


@dataclass(frozen=True)
class Target:
    """Which term of a sequence the problem asks for: a(index) mod modulus, or a(index) itself."""

    index: int
    modulus: int | None


@dataclass(frozen=True)
class Sequence:
    """Consecutive terms a(first_index), a(first_index + 1), ... that a trace printed."""

    first_index: int
    terms: tuple[int, ...]

    @property
    def last_index(self) -> int:
        """Index of the last known term; first_index - 1 when there is none."""
        return self.first_index + len(self.terms) - 1


@dataclass(frozen=True)
class Guessed:
    """Nothing supports the integer."""


@dataclass(frozen=True)
class Voted:
    """`votes` of `attempts` model attempts gave the integer."""

    votes: int
    attempts: int


@dataclass(frozen=True)
class Fits:
    """A mined rule reproduces the trace with `spare` terms more than it has unknowns."""

    spare: int


@dataclass(frozen=True)
class Agreed:
    """`traces` independently written programs led to the same integer."""

    traces: int


@dataclass(frozen=True)
class CompiledTo:
    """As CheckedTo, but that the program gives these values was computed by code that Lean compiled; the
    kernel took its word."""

    index: int


@dataclass(frozen=True)
class CheckedTo:
    """Lean's kernel accepted that the compiled trace program equals the rule for every index
    up to `index`, that the rule equals every traced value, and the far value's evaluation."""

    index: int


@dataclass(frozen=True)
class ProvedForAll:
    """As CheckedTo, and Lean's kernel accepted program = rule for all indices."""


Evidence = Guessed | Voted | Fits | Agreed | CompiledTo | CheckedTo | ProvedForAll


def rung(evidence: Evidence) -> int:
    """Height of the evidence on the ladder, 0 (Guessed) to 6 (ProvedForAll)."""
    match evidence:
        case Guessed():
            return 0
        case Voted():
            return 1
        case Fits():
            return 2
        case Agreed():
            return 3
        case CompiledTo():
            return 4
        case CheckedTo():
            return 5
        case ProvedForAll():
            return 6
    assert_never(evidence)


def is_verified(evidence: Evidence) -> bool:
    """True on the two rungs that Lean's kernel stands behind."""
    return isinstance(evidence, CheckedTo | ProvedForAll)


@dataclass(frozen=True)
class Candidate:
    """An integer proposed as the answer, not yet held to the contract.

    Attributes:
        value: the integer, of any size.
        evidence: the strongest rung that was reached for it.
        path: the stages that led to it, such as "trace>mine:c-finite>lean".
    """

    value: int
    evidence: Evidence
    path: str


@dataclass(frozen=True)
class Answer:
    """What goes back to the gateway.

    Raises:
        ValueError: the value lies outside 0..99999.
    """

    value: int
    evidence: Evidence
    path: str

    def __post_init__(self) -> None:
        if not ANSWER_MIN <= self.value <= ANSWER_MAX:
            raise ValueError(f"answer {self.value} lies outside {ANSWER_MIN}..{ANSWER_MAX}")
