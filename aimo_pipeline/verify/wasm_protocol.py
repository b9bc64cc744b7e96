"""What the embedded Lean's launcher is asked and what it answers: one line each; see wasm_launcher.js."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aimo_pipeline.verify.document import LIBRARY_IMPORTS

READY = b'{"ready":true}\n'
# The deep recursion is for printing long terms, without which a refutation could not be told from another
# failure. Nobody reads what linters say.
_OPTIONS = ("Elab.async=false", "maxRecDepth=10000", "autoImplicit=false", "linter.all=false")
CORE_MODULES = ("Init",)
LIBRARY_MODULES = (*CORE_MODULES, *LIBRARY_IMPORTS)


@dataclass(frozen=True)
class Home:
    """Where the pieces are: Lean's folder (bin/lean.js, bin/lean.wasm, lib/lean) and Node 24."""

    lean: Path
    node: Path


# Of each theorem the axioms under it, by name; None where Lean's kernel holds no such theorem.
Axioms = Mapping[str, tuple[str, ...] | None]


@dataclass(frozen=True)
class Said:
    """Lean's messages about a text, as `lean --json` prints them.

    Attributes:
        axioms: those under the theorems that were asked about.
        status: of a file that was compiled, what `lean` would have exited with.
    """

    output: str
    axioms: Axioms = field(default_factory=dict)
    status: int = 0


@dataclass(frozen=True)
class Refused:
    """This Lean cannot be made warm, and why."""

    reason: str


def run_request(arguments: Sequence[str], home: Home, folders: Sequence[Path], lean_path: Path) -> bytes:
    """Be the `lean` command, once; one thread, since each further one costs seconds and 500 MB."""
    options = [f"-D{option}" for option in _OPTIONS]
    order = {"arguments": [*options, "-j1", "--json", *arguments], **_mounts(home, folders, lean_path)}
    return _line(order)


def load_request(
    token: str, home: Home, library: Path, modules: Sequence[str], texts: Sequence[str]
) -> bytes:
    """Load these modules, of Lean's or of our library in its folder, elaborate these texts, and stay."""
    mounts = _mounts(home, [library], library)
    return _line({"token": token, "options": _OPTIONS, "modules": modules, "texts": texts, **mounts})


def check_request(token: str, text: str, theorems: Sequence[str]) -> bytes:
    """Check a text without imports, and tell the axioms under these theorems of it."""
    return _line({"token": token, "text": text, "theorems": theorems})


def compile_request(token: str, text: str, file: str, target: Path) -> bytes:
    """Compile a text that stands in a file of this name; for a process that has loaded no modules."""
    return _line({"token": token, "text": text, "file": file, "target": str(target)})


def answer(written: bytes | bytearray, token: str) -> Said | Refused | None:
    """The answer to the request with this token; None as long as it is not there.

    What else Lean or a document has written is passed over: only we and the launcher know the token.
    """
    begins = b'\n{"token":"%s",' % token.encode("ascii")
    at = written.find(begins)
    end = written.find(b"\n", at + 1) if at >= 0 else -1
    if end < 0:
        return None
    told = json.loads(written[at:end])
    if "failed" in told:
        return Refused(str(told["failed"]))
    axioms = {name: None if some is None else tuple(some) for name, some in told.get("axioms", {}).items()}
    return Said(str(told["output"]), axioms, int(told.get("status", 0)))


def _mounts(home: Home, folders: Sequence[Path], lean_path: Path) -> dict[str, object]:
    shown = [str(folder) for folder in folders if not folder.is_relative_to(home.lean)]
    return {"folders": shown, "lean_path": str(lean_path)}


def _line(order: dict[str, object]) -> bytes:
    return json.dumps(order).encode("ascii") + b"\n"
