"""All problems of a file at once, where all of them are known beforehand."""

from aimo_pipeline.batch.run import solve_file

__all__ = ["solve_file"]
