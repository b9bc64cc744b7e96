"""The command line: python -m aimo_pipeline --help."""

from __future__ import annotations

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
    app()
