"""A solver in memory, and a Predictor around it with a budget of fractions of a second."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import BudgetConfig, Config, GatewayConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem, Voted
from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.observe.journal import Journal


@dataclass
class FakeSolver:
    """Does what the problem's text says; see `solve`."""

    grants_s: list[float] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    closed: bool = False

    async def solve(self, problem: Problem, *, deadline: Deadline, watch: Watch | None) -> Answer:
        """Texts: a number (the answer), "raise", "exit", "hang", "stubborn", "wrong type"; "close slowly"
        hangs too, but knows 77 by then."""
        self.grants_s.append(deadline.remaining_s())
        match problem.text:
            case "raise":
                raise ZeroDivisionError("x" * 10_000)
            case "exit":
                raise SystemExit(3)
            case "wrong type":
                return "42"  # type: ignore[return-value]
            case "close slowly":
                if watch is not None:
                    watch.best = lambda: Answer(77, Voted(2, 3), "tir")
                await self._hang(problem)
            case "hang" | "stubborn":
                await self._hang(problem)
        return Answer(int(problem.text), Voted(2, 3), "tir")

    async def _hang(self, problem: Problem) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.cancelled.append(problem.id)
                if problem.text == "hang" or self.cancelled.count(problem.id) > 1:
                    raise

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FakeSolver]:
        """The solver's context."""
        try:
            yield self
        finally:
            self.closed = True


MakePredictor = Callable[..., Iterator[Predictor]]


@pytest.fixture
def solver() -> FakeSolver:
    return FakeSolver()


@pytest.fixture
def quick_config(tmp_path: Path) -> Config:
    """0.3 s for a problem, 0.2 s of slack."""
    return Config(
        budget=BudgetConfig(total_s=60.0, reserve_s=1.0, base_s=0.3, ceiling_s=0.3, problems=5),
        gateway=GatewayConfig(
            output_dir=tmp_path / "out",
            kaggle_input=tmp_path / "no-kaggle",
            slack_s=0.2,
            ready_s=5.0,
            close_s=5.0,
        ),
    )


@pytest.fixture
def predictor_with(tmp_path: Path, quick_config: Config) -> Callable[..., object]:
    """A context manager: Predictor around a solver's `open`, config changes by keyword of its gateway."""

    @contextmanager
    def make(open_solver: Callable[[], object], **gateway: object) -> Iterator[Predictor]:
        clock = MonotonicClock()
        config = dataclasses.replace(
            quick_config, gateway=dataclasses.replace(quick_config.gateway, **gateway)
        )
        with (
            Journal.open(tmp_path / "journal.jsonl", clock) as journal,
            Predictor(
                open_solver, journal=journal, clock=clock, config=config, start_s=clock.now_s()
            ) as predictor,
        ):
            yield predictor

    return make
