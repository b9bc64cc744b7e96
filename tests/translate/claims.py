"""Claims about what compiled programs give, many of them in one Lean document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate import CompiledProgram, compile_general, compile_program
from aimo_pipeline.translate.statement import Statement
from aimo_pipeline.translate.theorems import program_gives
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, natively
from aimo_pipeline.verify.engine import LeanDocument, Theorem


@dataclass(frozen=True)
class Claim:
    """That a program gives `values` at first, first + 1, ...

    Attributes:
        or_nothing: or no integer at all.
        raises: that it gives no integer at the next index, or at an earlier one; says nothing of the values.
    """

    program: CompiledProgram
    values: tuple[int, ...]
    first: int = 0
    or_nothing: bool = False
    raises: bool = False


def renamed(program: CompiledProgram, prefix: str) -> CompiledProgram:
    """The program with other names for its functions, so that several fit into one document."""

    def rename(text: str) -> str:
        return re.sub(r"\b([frnqs])_(\w+)", rf"{prefix}_\1_\2", text)

    return CompiledProgram(rename(program.definitions), rename(program.entry))


def _theorem(name: str, entry: str, claim: Claim) -> Theorem:
    first, values = f"({claim.first})", f"{list(claim.values)}"
    if claim.raises:
        # If it gave the 0 there, too, programStops would be false.
        stops = f"programStops {entry} {first} {[*claim.values, 0]}"
        return Theorem(name, f"{stops} = true", "by decide +kernel")
    if not claim.or_nothing:
        return program_gives(name, entry, first, values)
    either = " || ".join(f"{what} {entry} {first} {values}" for what in ("programGives", "programStops"))
    return Theorem(name, f"({either}) = true", "by decide +kernel")


def claims_document(claims: Sequence[Claim]) -> LeanDocument:
    """One document with a theorem for each claim, in order."""
    programs = [renamed(claim.program, f"p{i}") for i, claim in enumerate(claims)]
    theorems = [_theorem(f"claim{i}", programs[i].entry, claim) for i, claim in enumerate(claims)]
    definitions = "\n".join(program.definitions for program in programs)
    return LeanDocument(LIBRARY_IMPORTS, definitions, tuple(theorems))


def settled_by_code(document: LeanDocument) -> LeanDocument:
    """The same claims, each settled by code that Lean compiles instead of its kernel."""
    for theorem in document.theorems:
        document = natively(document, theorem.name)
    return document


def forms(source: str) -> list[CompiledProgram] | Unsupported:
    """What a program compiles to: the general form, and the quick one if it has that."""
    first = compile_program(source)
    if isinstance(first, Unsupported):
        return first
    second = compile_general(source) if first.natural else first
    return [first] if second is first or isinstance(second, Unsupported) else [first, second]


def together(statements: list[Statement]) -> LeanDocument:
    """All documents in one, each with names of its own: a run of the embedded Lean takes seconds to load."""
    definitions, theorems = [], []
    for number, statement in enumerate(statements):
        document = statement.document
        names = {theorem.name for theorem in document.theorems}
        names |= set(re.findall(r"^def (\w+)", document.definitions, re.MULTILINE))
        own = re.compile(rf"(?<![.\w])({'|'.join(sorted(names, key=len, reverse=True))})\b")
        rename = partial(own.sub, rf"d{number}_\1")
        definitions.append(rename(document.definitions))
        theorems += [Theorem(rename(t.name), rename(t.statement), rename(t.proof)) for t in document.theorems]
    return LeanDocument(statements[0].document.imports, "\n".join(definitions), tuple(theorems))
