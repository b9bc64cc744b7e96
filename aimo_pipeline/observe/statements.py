"""What Lean was asked in a run, as files for anybody's own Lean: the documents, and the library they import.

Everything comes from the journal, which keeps each text to the letter; nothing is rendered anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.reading import Record

VERDICTS = "VERDICTS.md"
_HOW = """# What Lean was asked in this run

With Lean's own tools (the version stands in `lean-toolchain`), in this folder:

    lake build
    lake env lean p01-0.lean

No error before the line `"end of document" : String`: everything in it is proved. Add `#print axioms NAME`
at a document's end to see what a proof rests on.

| document | theorem | verdict | axioms | statement |
| --- | --- | --- | --- | --- |
"""


def statement_files(records: Sequence[Record]) -> dict[str, str]:
    """Path -> text of everything that a person needs.

    Args:
        records: of one run.

    Raises:
        UserError: Lean was asked nothing, or the journal lost a document.
    """
    texts = {one["digest"]: one["text"] for one in records if one.get("type") == "TextKept"}
    asked = [one for one in records if one.get("type") in ("CheckStarted", "StatementChecked")]
    if not asked:
        raise UserError("Lean was asked nothing in this run")
    lost = [one["document"] for one in asked if one["document"] not in texts]
    if lost:
        raise UserError(f"the journal names a document that it does not have: {lost[0]}")
    names = _names(asked)
    files = {f"{name}.lean": texts[digest] for digest, name in names.items()}
    for one in records:
        if one.get("type") == "EngineReady":
            files |= {_within(path): texts[digest] for path, digest in one.get("library", {}).items()}
    return files | {VERDICTS: _HOW + "\n".join(_rows(asked, names)) + "\n"}


def write_statements(records: Sequence[Record], folder: Path) -> int:
    """Write them; returns how many documents there are.

    Raises:
        UserError: as statement_files.
        OSError: they cannot be written.
    """
    files = statement_files(records)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return sum("/" not in name and name.endswith(".lean") for name in files) - ("TraceToLean.lean" in files)


def _names(asked: Sequence[Record]) -> dict[str, str]:
    """Document -> a file's name, after the first problem and sample that it was for."""
    names: dict[str, str] = {}
    for one in asked:
        if one["document"] not in names:
            stem = re.sub(r"[^\w-]", "_", f"{one['problem_id']}-{one['sample']}")
            again = sum(re.sub(r"\.\d+$", "", name) == stem for name in names.values())
            names[one["document"]] = f"{stem}.{again + 1}" if again else stem
    return names


def _within(path: str) -> str:
    """A path of the journal, which must lead nowhere else."""
    told = PurePosixPath(path)
    if told.is_absolute() or ".." in told.parts:
        raise UserError(f"the journal names a file outside the folder: {path}")
    return path


def _rows(asked: Sequence[Record], names: dict[str, str]) -> Iterator[str]:
    told = set()
    for one in asked:
        if one["type"] == "StatementChecked":
            told.add(one["document"])
            axioms = "?" if one["axioms"] is None else ", ".join(one["axioms"]) or "none"
            cells = (names[one["document"]], one["theorem"], one["verdict"], axioms, one["statement"])
            yield "| " + " | ".join(re.sub(r"\s+", " ", cell.replace("|", "\\|")) for cell in cells) + " |"
    for digest, name in names.items():
        if digest not in told:
            yield f"| {name} | – | no verdict: nobody waited for it any longer | ? | – |"
