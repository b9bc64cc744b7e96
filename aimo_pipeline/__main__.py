"""The command line: python -m aimo_pipeline --help."""

from __future__ import annotations

from aimo_pipeline.cli import bundle, doctor, mine, simulate, solve
from aimo_pipeline.cli.app import app

__all__ = ["app", "bundle", "doctor", "mine", "simulate", "solve"]

if __name__ == "__main__":
    app()
