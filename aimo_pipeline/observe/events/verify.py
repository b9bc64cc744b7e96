"""Translation to Lean, and its verdicts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LeanUnpacked:
    """A packed toolchain is on local disk and its imports in the page cache; 0 bytes: it was there before."""

    lean: str
    unpacked_bytes: int
    unpack_s: float
    warmed_bytes: int
    warm_s: float


@dataclass(frozen=True)
class TranslateFinished:
    """The trace program was compiled to Lean, or why not, with the line of the program."""

    problem_id: str
    sample: int
    compiled: bool
    reason: str
    line: int | None


@dataclass(frozen=True)
class CheckStarted:
    """Lean was asked; without a StatementChecked after it, nobody waited for the verdict any longer.

    Attributes:
        document: as in StatementChecked.
        theorems: their names there.
    """

    problem_id: str
    sample: int
    engine: str
    document: str
    theorems: tuple[str, ...]


@dataclass(frozen=True)
class VerifyFinished:
    """Lean's verdict on each theorem: name -> its word (see StatementChecked), and its message."""

    problem_id: str
    sample: int
    engine: str
    verdicts: dict[str, str]
    messages: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class StatementChecked:
    """One theorem that Lean was asked about.

    Attributes:
        document: digest of the whole text that Lean got, see TextKept.
        theorem: its name there.
        statement: what it says.
        verdict: "proved", "compiled" (proved, but for a value that compiled code gave), "refuted", "unknown"
            or "rejected".
        axioms: that its proof uses; None where the engine cannot tell, or there is no proof.
    """

    problem_id: str
    sample: int
    engine: str
    document: str
    theorem: str
    statement: str
    verdict: str
    axioms: tuple[str, ...] | None
    message: str
