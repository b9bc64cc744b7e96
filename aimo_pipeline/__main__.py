"""The command line of the package, which build_submission.py calls in the environment that it makes."""

from __future__ import annotations

import sys

try:
    from aimo_pipeline.cli import (
        batch,
        bundle,
        doctor,
        judge,
        mine,
        replay,
        report,
        search,
        simulate,
        solve,
        stress,
        toolchain,
    )
    from aimo_pipeline.cli.app import app
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] == "aimo_pipeline":
        raise
    sys.stderr.write(
        f"error: this Python has no {missing.name}; `python3 build_submission.py COMMAND` runs the command "
        "in an environment that has it\n"
    )
    sys.exit(2)

__all__ = [
    "app",
    "batch",
    "bundle",
    "doctor",
    "judge",
    "mine",
    "replay",
    "report",
    "search",
    "simulate",
    "solve",
    "stress",
    "toolchain",
]

if __name__ == "__main__":
    app(prog_name="build_submission.py")
