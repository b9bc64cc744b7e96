"""Which files of a Lean toolchain a check reads.

Imports are followed through the sources, which an official release and every package of lake's have beside
what was compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from aimo_pipeline.verify.packed import is_compiled

_IMPORT = re.compile(r"^\s*(?:public\s+)?(?:meta\s+)?import\s+(?:all\s+)?([\w.]+)", re.MULTILINE)


def needed_files(toolchain: Path, roots: Sequence[str], searched: Sequence[Path]) -> list[Path]:
    """What a check reads: `lean`, its shared libraries, our library, and the compiled files of all imports.

    Args:
        toolchain: unpacked and built.
        roots: modules that documents import.
        searched: folders of sources, in which the roots' imports are followed.

    Returns:
        Paths relative to the toolchain, sorted. Where a module has no source, all compiled files stay.
    """
    modules = _closure(toolchain, roots, searched)
    return [path for path in _files(toolchain) if _needed(path, modules)]


def imported_files(toolchain: Path, roots: Sequence[str], searched: Sequence[Path]) -> list[Path]:
    """Of these the compiled ones, which an import maps into memory; see needed_files."""
    return [path for path in needed_files(toolchain, roots, searched) if is_compiled(path)]


def _files(toolchain: Path) -> list[Path]:
    return sorted(path.relative_to(toolchain) for path in toolchain.rglob("*") if path.is_file())


def _needed(path: Path, modules: frozenset[str] | None) -> bool:
    top = path.parts[0]
    if path == Path("bin/lean") or top.startswith("trace-to-lean-") or "LICENSE" in path.name:
        return True
    if top != "lib":
        return False
    if ".so" in path.suffixes:
        return True
    if not is_compiled(path):
        return False
    module = ".".join((*path.parts[2:-1], path.name.split(".")[0]))
    return modules is None or module in modules


def _closure(toolchain: Path, roots: Sequence[str], searched: Sequence[Path]) -> frozenset[str] | None:
    """The modules that the roots import, directly or not; None where a source is missing."""
    found: set[str] = set()
    waiting = ["Init", *roots]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        place = module.replace(".", "/")
        source = next((p for p in (folder / f"{place}.lean" for folder in searched) if p.is_file()), None)
        if source is not None:
            waiting += _imports(source)
        elif module in roots or (toolchain / "lib" / "lean" / f"{place}.olean").is_file():
            return None
        # Else no module: a sentence of a comment that begins with "import".
    return frozenset(found)


def _imports(source: Path) -> Iterator[str]:
    return (found[1] for found in _IMPORT.finditer(source.read_text("utf-8", "replace")))
