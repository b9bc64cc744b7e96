"""A Lean document as data, and the only code that turns it into text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aimo_pipeline.outcome import Rejected

MAX_BYTES = 1_000_000
# What Lean says of the last command: its message shows that the end was reached.
SENTINEL = '#check "end of document"'
SENTINEL_REPLY = '"end of document" : String'
# Has Lean compile and run the statement's `Decidable` instance, and the kernel take its word.
NATIVE_PROOF = "by native_decide"

# All of our library. Documents import it whole, so that a Lean that has it loaded can check any of them.
LIBRARY_IMPORTS = ("TraceToLean.Closed", "TraceToLean.Natural", "TraceToLean.PolyRun", "TraceToLean.Roots")

# What follows the imports of any text of ours; that no further import does has to be certain.
_BEGINNINGS = ("noncomputable section", "section", "set_option ")

_NAME = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_DEFINITION = re.compile(r"^def ", re.MULTILINE)
_MODULE = re.compile(r"[A-Z]\w*(\.[A-Z]\w*)*\Z", re.ASCII)


@dataclass(frozen=True)
class Theorem:
    """`theorem name : statement := proof`; statement and proof may span lines."""

    name: str
    statement: str
    proof: str


@dataclass(frozen=True)
class LeanDocument:
    """What one check is about.

    Attributes:
        imports: modules of our library, such as "TraceToLean.Sequence".
        definitions: Lean text before the theorems; may be empty.
        theorems: in order; a proof may use the theorems before it by name.
        compiled: names of theorems that may be settled by compiled code; their proof is NATIVE_PROOF.
    """

    imports: tuple[str, ...]
    definitions: str
    theorems: tuple[Theorem, ...]
    compiled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rendered:
    """The text of a document and where its theorems are.

    Attributes:
        text: the whole file.
        spans: for each theorem its first and last line, 1-based, both included.
        last_line: line of the sentinel.
        axiom_lines: line of each theorem's `#print axioms`; empty when none were asked for.
    """

    text: str
    spans: Mapping[str, tuple[int, int]]
    last_line: int
    axiom_lines: Mapping[str, int]


def render(document: LeanDocument, *, print_axioms: bool = False) -> Rendered | Rejected:
    """Write the document out.

    Args:
        document: its parts are taken as they are; audit.py looks at them before.
        print_axioms: add `#print axioms` for each theorem (engines that can run it).

    Returns:
        Rejected for a name that is no plain identifier, a name used twice, a NUL, a text that UTF-8
        cannot hold or one over 1 MB.
    """
    fault = _fault(document)
    if fault is not None:
        return Rejected(fault)
    lines = [f"import {module}" for module in document.imports]
    # Where a theorem needs code, a definition that has none is an error of its own, and tells why.
    lines += ["section" if document.compiled else "noncomputable section"]
    lines += ["open TraceToLean"] if document.imports else []
    lines += _lines(_for_the_kernel(document))
    spans = {}
    for theorem in document.theorems:
        first = len(lines) + 1
        lines += _lines(f"theorem {theorem.name} : {theorem.statement} := {theorem.proof}")
        spans[theorem.name] = (first, len(lines))
    axiom_lines = {}
    for name in spans if print_axioms else ():
        lines.append(f"#print axioms {name}")
        axiom_lines[name] = len(lines)
    lines.append(SENTINEL)
    return Rendered("\n".join(lines) + "\n", spans, len(lines), axiom_lines)


def without_library(text: str) -> str | None:
    """A document's text with blank lines for the imports, every other line keeping its number.

    Returns:
        None when the text imports something else than LIBRARY_IMPORTS.
    """
    lines = text.split("\n")
    header = [f"import {module}" for module in LIBRARY_IMPORTS]
    after = lines[len(header) :][:1]
    if lines[: len(header)] != header or not after or not after[0].startswith(_BEGINNINGS):
        return None
    return "\n" * len(header) + "\n".join(lines[len(header) :])


def natively(document: LeanDocument, name: str) -> LeanDocument:
    """The document with one theorem settled by compiled code instead of the kernel."""
    theorems = tuple(
        replace(theorem, proof=NATIVE_PROOF) if theorem.name == name else theorem
        for theorem in document.theorems
    )
    return replace(document, theorems=theorems, compiled=document.compiled | {name})


def document_text(document: LeanDocument) -> str:
    """The document as it stands in journals: what Lean gets, or why no Lean would be given it."""
    rendered = render(document)
    return rendered.text if isinstance(rendered, Rendered) else f"-- {rendered.reason}"


def _for_the_kernel(document: LeanDocument) -> str:
    """The definitions; compiling them to code takes a quarter of Lean's time and is of use to no kernel."""
    if document.compiled:
        return document.definitions
    return _DEFINITION.sub("noncomputable def ", document.definitions)


def _lines(text: str) -> list[str]:
    # Lean counts "\n" only, so str.splitlines would count differently.
    return text.rstrip("\n").split("\n")


def _fault(document: LeanDocument) -> str | None:
    names = [theorem.name for theorem in document.theorems]
    for name in names:
        if not _NAME.match(name):
            return f"not a theorem name: {name[:40]!r}"
        if names.count(name) > 1:
            return f"two theorems are called {name}"
    for module in document.imports:
        if not _MODULE.match(module):
            return f"not a module name: {module[:40]!r}"
    parts = [document.definitions]
    parts += [part for theorem in document.theorems for part in (theorem.statement, theorem.proof)]
    try:
        size = sum(len(part.encode("utf-8")) for part in parts)
    except UnicodeEncodeError:
        return "a lone surrogate in the text"
    if size > MAX_BYTES:
        return f"{size} bytes of Lean; at most {MAX_BYTES} are checked"
    return "a NUL or a carriage return in the text" if any(c in p for p in parts for c in "\0\r") else None
