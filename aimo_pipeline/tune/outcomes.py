"""Configurations as they did: right or wrong by problem and run, with time and evidence, from journals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.figures import ProblemRow, problem_rows
from aimo_pipeline.observe.reading import find_runs, read_run

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """One configuration's runs over the same problems.

    Attributes:
        name: of the configuration.
        problems: ids, in a fixed order.
        right: (runs, problems), 1.0 where the answer was right.
        seconds: (runs, problems).
        evidence: rung -> how often, over all runs.
    """

    name: str
    problems: tuple[str, ...]
    right: FloatArray
    seconds: FloatArray
    evidence: Mapping[str, int]

    @property
    def runs(self) -> int:
        """How often it was run."""
        return int(self.right.shape[0])

    def only(self, problems: Sequence[str]) -> Config:
        """The same, on some of the problems."""
        places = [self.problems.index(problem) for problem in problems]
        right, seconds = self.right[:, places], self.seconds[:, places]
        return Config(self.name, tuple(problems), right, seconds, self.evidence)


def read_config(path: Path) -> Config:
    """A configuration from all its runs.

    Args:
        path: a journal, a run's folder, or a folder with several runs. Problems count where every run has
            them and knows the right answer; an unanswered problem is wrong.

    Raises:
        UserError: there is no run, or none of its problems has a known answer in all runs.
    """
    runs = [problem_rows(read_run(journal).records) for journal in find_runs(path)]
    return config_of(path.name or str(path), runs)


def config_of(name: str, runs: Sequence[Sequence[ProblemRow]]) -> Config:
    """A configuration from the problem rows of its runs; see read_config."""
    tables = [{row.id: row for row in rows if row.expected is not None} for rows in runs]
    shared = [id_ for id_ in tables[0] if all(id_ in table for table in tables)]
    if not shared:
        raise UserError(
            f"{name}: no problem has a known answer in all {len(runs)} runs; give files with answers to serve"
        )
    right = np.array([[float(bool(table[id_].right)) for id_ in shared] for table in tables])
    seconds = np.array([[table[id_].seconds or 0.0 for id_ in shared] for table in tables])
    evidence = Counter(table[id_].evidence or "none" for table in tables for id_ in shared)
    return Config(name, tuple(shared), right, seconds, evidence)
