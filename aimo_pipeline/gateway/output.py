"""Where a run's files go; in the scored run a disk that takes nothing must not cost the answers."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from aimo_pipeline.config import GatewayConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.gateway.score import RESULTS, Report, write_results

_LOG = logging.getLogger("aimo_pipeline")
_TRIED = ".tried"


def output_folder(config: GatewayConfig) -> Path:
    """The output folder, made, and tried with an empty file.

    Returns:
        config.output_dir; in the competition's rerun, where nobody could mend it, a temporary folder instead
        of one that cannot be used.

    Raises:
        UserError: the folder cannot be used.
    """
    try:
        config.output_dir.mkdir(parents=True, exist_ok=True)
        (config.output_dir / _TRIED).touch()
        (config.output_dir / _TRIED).unlink()
        return config.output_dir
    except OSError as error:
        told = f"cannot write to {config.output_dir}: {error.strerror}"
        if not config.competition_rerun:
            raise UserError(told) from None
    folder = Path(tempfile.mkdtemp(prefix="aimo-"))
    _LOG.error("!!! %s; journal and results go to %s", told, folder)
    return folder


def keep_results(report: Report, folder: Path) -> None:
    """Write results.json; a full disk costs that file only, for the answers are given by now."""
    try:
        write_results(report, folder / RESULTS)
    except OSError as error:
        _LOG.error("!!! no %s in %s: %s", RESULTS, folder, error.strerror)
