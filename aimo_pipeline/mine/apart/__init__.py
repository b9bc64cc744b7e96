"""Mining in a process of its own, so that what goes wrong in it costs a rule and not the run."""

from aimo_pipeline.mine.apart.mining import InProcess, Mining
from aimo_pipeline.mine.apart.process import MiningProcess

__all__ = ["InProcess", "Mining", "MiningProcess"]
