"""A whole run through the gateway while parts of it are killed, stopped, starved and lied to."""

from aimo_pipeline.stress.faults import FAULTS, Fault, named_faults
from aimo_pipeline.stress.run import stress
from aimo_pipeline.stress.table import as_table, as_text

__all__ = ["FAULTS", "Fault", "as_table", "as_text", "named_faults", "stress"]
