"""Where the embedded Lean is, and our library compiled with it."""

from __future__ import annotations

from pathlib import Path

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.verify.library import build_library, library_folder
from aimo_pipeline.verify.wasm_compile import compiling
from aimo_pipeline.verify.wasm_protocol import Home


def find_home(config: VerifyConfig) -> Home:
    """Look for the embedded Lean.

    Raises:
        EngineUnavailable: it, or Node, is not there; says how to get it.
    """
    how = "`python3 build_submission.py dry-run` installs it"
    if config.wasm_home is None or config.node is None:
        raise EngineUnavailable(f"no embedded Lean: AIMO_LEAN_WASM and AIMO_NODE are not both set; {how}")
    home = Home(config.wasm_home.absolute(), config.node.absolute())
    parts = ("bin/lean.js", "bin/lean.wasm", "lib/lean/Init.olean")
    for path in (*(home.lean / part for part in parts), home.node):
        if not path.is_file():
            raise EngineUnavailable(f"no embedded Lean: {path} is missing; {how}")
    return home


def compiled_folder(home: Home, sources: Path) -> Path:
    """Where our library compiled by this Lean belongs, built or not.

    Raises:
        EngineUnavailable: there are no sources.
    """
    return library_folder(home.lean, sources, f"wasm {(home.lean / 'bin/lean.wasm').stat().st_size}")


async def prepare(config: VerifyConfig, sources: Path, clock: Clock) -> Path:
    """Compile our library with the embedded Lean, unless that was done before.

    Args:
        sources: folder that holds TraceToLean/*.lean.

    Returns:
        The folder for LEAN_PATH, inside Lean's own.

    Raises:
        EngineUnavailable: a piece is missing, a file does not compile, or the folder can't be written.
    """
    home = find_home(config)
    folder = compiled_folder(home, sources)
    async with compiling(home, config, clock) as compiler:
        return await build_library(compiler.compile, sources, folder)
