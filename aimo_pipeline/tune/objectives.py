"""What a search maximises: right answers in a replay, or problems solved in a simulation of the budget."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aimo_pipeline.budget.hazard import build_worlds
from aimo_pipeline.budget.policy import Dynamic, TimeBank
from aimo_pipeline.config import Config, with_settings
from aimo_pipeline.deadline import Clock
from aimo_pipeline.observe.reading import Record, RunRecords
from aimo_pipeline.tune.mixes import Mix, draw
from aimo_pipeline.tune.replay import replay
from aimo_pipeline.tune.search import FloatArray, Settings
from aimo_pipeline.tune.simulate import play


class ReplayScore:
    """1 for each right answer of a replay, 0 for each wrong one.

    Attributes:
        wanting: completions that the last replay asked for and that nobody has: with them its answers might
            be others.
    """

    def __init__(self, run: RunRecords, config: Config, clock: Clock) -> None:
        self._run, self._config, self._clock = run, config, clock
        self.wanting = 0

    def __call__(self, settings: Settings, problems: Sequence[str]) -> FloatArray:
        """See search.Score; each call is a replay, which takes seconds."""
        some = dataclasses.replace(self._run, records=_only(self._run.records, frozenset(problems)))
        with tempfile.TemporaryDirectory() as folder:
            report = asyncio.run(
                replay(
                    some,
                    config=self._config,
                    settings=settings,
                    output=Path(folder),
                    clock=self._clock,
                    lean=False,
                )
            )
        self.wanting = sum(one.wanting for one in report.problems)
        right = {
            one.recorded.problem.id: float(one.answer[0] == one.recorded.expected) for one in report.problems
        }
        return np.array([right.get(problem, 0.0) for problem in problems])


def _only(records: tuple[Record, ...], problems: frozenset[str]) -> tuple[Record, ...]:
    return tuple(one for one in records if one.get("problem_id") in (None, *problems))


class SimulationScore:
    """Problems that a policy solves in a simulated run; a "problem" of the search is one simulated run.

    Args:
        mix: of difficulties.
        bank: play the time bank, opened, rather than our own policy.
    """

    def __init__(self, mix: Mix, config: Config, seed: int, *, bank: bool) -> None:
        self._mix, self._config, self._seed, self._bank = mix, config, seed, bank

    def __call__(self, settings: Settings, problems: Sequence[str]) -> FloatArray:
        """See search.Score: the same runs for all settings, since they are drawn from their names."""
        config = with_settings(self._config, settings).budget
        worlds = build_worlds(config, ())
        # All runs are drawn at once, so a name is a place among them.
        places = [int(problem) for problem in problems]
        drawn = draw(self._mix, runs=max(places) + 1, problems=config.problems, seed=self._seed)
        policy = TimeBank(opening=True, config=config) if self._bank else Dynamic(worlds, config)
        return play(drawn, policy, worlds, config).solved[places]
