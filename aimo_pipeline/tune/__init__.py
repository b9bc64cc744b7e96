"""Judging settings without solving anything: simulations and replays."""

from aimo_pipeline.tune.recorded import choose_mixes
from aimo_pipeline.tune.simulate import simulate
from aimo_pipeline.tune.table import as_bars, as_lines, as_table

__all__ = ["as_bars", "as_lines", "as_table", "choose_mixes", "simulate"]
