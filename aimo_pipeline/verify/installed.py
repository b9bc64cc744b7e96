"""Which official Lean there is on this machine, and whether it runs at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from aimo_pipeline.config import LimitsConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process
from aimo_pipeline.verify.library import SOURCES

# Lean maps its library into memory, so an address-space limit would only confuse.
PROCESS_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=0)


def find_lean(config: VerifyConfig, sources: Path = SOURCES) -> Path | None:
    """The toolchain's `lean`: of the named folder, else packed with the project, else on PATH.

    Raises:
        EngineUnavailable: a folder was named and has no bin/lean.
    """
    if config.toolchain is not None:
        lean = config.toolchain.absolute() / "bin" / "lean"
        if not os.access(lean, os.X_OK):
            raise EngineUnavailable(
                f"AIMO_LEAN_TOOLCHAIN names a folder without bin/lean: {config.toolchain}"
            )
        return lean
    packed = sources / "dist" / "bin" / "lean"
    if os.access(packed, os.X_OK):
        return packed
    found = shutil.which("lean")
    return Path(found) if found else None


async def lean_version(lean: Path, deadline: Deadline) -> str:
    """What `lean --version` prints.

    Raises:
        EngineUnavailable: it does not run; says why, as far as it is known.
    """
    env = {"PATH": os.defpath, "HOME": str(Path.home())}
    argv = [str(lean), "--version"]
    ended = await run_process(argv, stdin=b"", limits=PROCESS_LIMITS, deadline=deadline, cwd=None, env=env)
    if not isinstance(ended, Exited) or ended.status != 0:
        said = ended.stderr.decode("utf-8", "replace").strip() if isinstance(ended, Exited) else ""
        why = (
            "this machine's glibc is too old for it: " if "GLIBC_" in said else "is the toolchain complete? "
        )
        raise EngineUnavailable(f"{lean} --version does not work; {why}{said[-300:]}".rstrip())
    return ended.stdout.decode("utf-8", "replace").strip()
