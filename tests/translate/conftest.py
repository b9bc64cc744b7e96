"""Runs many small programs through Python and, in one document, through Lean's kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from aimo_pipeline.outcome import Verdict
from aimo_pipeline.translate import CompiledProgram
from aimo_pipeline.translate.statement import program_gives
from aimo_pipeline.verify.engine import LeanDocument, Theorem
from tests.lean import LONG_CHECK_S


@dataclass(frozen=True)
class Claim:
    """That a program gives `values` at first, first + 1, ... (with `or_nothing`: or no integer at all)."""

    program: CompiledProgram
    values: tuple[int, ...]
    first: int = 0
    or_nothing: bool = False


Kernel = Callable[[Sequence[Claim]], list[Verdict]]


def renamed(program: CompiledProgram, prefix: str) -> CompiledProgram:
    """The program with other names for its functions, so that several fit into one document."""

    def rename(text: str) -> str:
        return re.sub(r"\b([frnqs])_(\w+)", rf"{prefix}_\1_\2", text)

    return CompiledProgram(rename(program.definitions), rename(program.entry))


def _theorem(name: str, entry: str, claim: Claim) -> Theorem:
    first, values = f"({claim.first})", f"{list(claim.values)}"
    if not claim.or_nothing:
        return program_gives(name, entry, first, values)
    either = " || ".join(f"{what} {entry} {first} {values}" for what in ("programGives", "programStops"))
    return Theorem(name, f"({either}) = true", "by decide +kernel")


@pytest.fixture
def kernel(real_lean) -> Kernel:
    """Asks the real Lean about claims, all in one document; one verdict for each, in order."""

    def check(claims: Sequence[Claim]) -> list[Verdict]:
        programs = [renamed(claim.program, f"p{i}") for i, claim in enumerate(claims)]
        theorems = [_theorem(f"claim{i}", programs[i].entry, claim) for i, claim in enumerate(claims)]
        definitions = "\n".join(program.definitions for program in programs)
        document = LeanDocument(("TraceToLean.Natural",), definitions, tuple(theorems))
        verdicts = real_lean.run(real_lean.engine.check(document, deadline=real_lean.deadline(LONG_CHECK_S)))
        return [verdicts[theorem.name] for theorem in theorems]

    return check
