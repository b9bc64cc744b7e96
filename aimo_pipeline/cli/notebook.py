"""What the notebook calls: in a bundle, boot it; in a clone, run here.

At import the standard library only, because in a bundle the competition image's Python imports it.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from aimo_pipeline.bundle import boot
from aimo_pipeline.bundle.handover import STARTED
from aimo_pipeline.bundle.manifest import MANIFEST
from aimo_pipeline.errors import StageError, UserError, boundary

HOME = Path(__file__).resolve().parents[2]


def run(start_s: float) -> None:
    """Answer every problem that the gateway hands out.

    Args:
        start_s: time.monotonic() as the notebook began; the five hours are counted from there.

    Raises:
        UserError: something that the user can mend; the message says how.
    """
    if (HOME / MANIFEST).is_file():
        boot.run(HOME, start_s=start_s)
    else:
        serve_here(start_s)


def serve_here(start_s: float) -> None:
    """Serve in this process, in whose environment everything is installed; see run."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("aimo_pipeline").setLevel(logging.INFO)
    from aimo_pipeline.config import config_from_environ
    from aimo_pipeline.gateway import score, server

    report = server.run(config_from_environ(os.environ), start_s=start_s)
    sys.stdout.write(score.as_text(report) + "\n")
    sys.stdout.write(summary_of(Path(report.journal)))


def summary_of(journal: Path) -> str:
    """Where the time and the tokens went, as Markdown; whatever is wrong with it costs the summary alone."""
    from aimo_pipeline.observe.reading import read_run
    from aimo_pipeline.observe.report_markdown import summary

    try:
        with boundary("report"):
            return "\n" + summary(read_run(journal).records)
    except StageError as error:
        return f"no summary of the journal: {error}\n"


if __name__ == "__main__":
    try:
        serve_here(float(os.environ[STARTED]))
    except UserError as error:
        sys.exit(f"error: {error}")
