"""How translation to Lean and a check by Lean end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsupported:
    """The program or formula lies outside what can be compiled; `line` is 1-based."""

    reason: str
    line: int | None


@dataclass(frozen=True)
class Proved:
    """Lean's kernel accepted the theorem and the audit found nothing foreign.

    Attributes:
        axioms: that the proof uses, in alphabetical order; None: the engine cannot tell.
    """

    axioms: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Compiled:
    """As Proved, but somewhere below it the kernel took compiled code's word for a value, and did not follow.

    Attributes:
        axioms: as in Proved; those by which the kernel took that word are among them.
    """

    axioms: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Refuted:
    """Lean evaluated the statement to false."""

    message: str


@dataclass(frozen=True)
class Unknown:
    """Neither; the engine says why (time-out, cannot check this, crashed)."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """The document is not acceptable as a proof, whatever Lean says of it."""

    reason: str


Verdict = Proved | Compiled | Refuted | Unknown | Rejected
