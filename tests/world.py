"""One problem through the whole pipeline, with completions from memory: what is asked, and who solves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl

from aimo_pipeline.config import (
    BudgetConfig,
    Config,
    Effort,
    EffortConfig,
    GatewayConfig,
    LimitsConfig,
    TirConfig,
    TraceConfig,
    VerifyConfig,
)
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.llm.completer import Completer, Completion
from aimo_pipeline.llm.replay import ReplayCompleter
from aimo_pipeline.mine.apart import InProcess
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.pipeline import Solver
from aimo_pipeline.verify.ready import Lean

TEXT = (
    "How many domino tilings does a 2 by n board have? "
    "Find the remainder when the number for $n = 10^{18}$ is divided by 99991."
)
UNREDUCED = "How many domino tilings does a 2 by n board have for the largest n on the list?"
HEAD = "FIRST = 0\nTARGET = 10**18\nMODULUS = 99991\n"
TILINGS = HEAD + "def a(n):\n    x, y = 1, 1\n    for _ in range(n):\n        x, y = y, x + y\n    return x\n"
LIMITS = LimitsConfig(memory_bytes=1 << 30)
CONFIG = Config(
    budget=BudgetConfig(total_s=600.0, reserve_s=1.0, base_s=10.0, problems=5, answer_reserve_s=0.3),
    trace=TraceConfig(wall_s=1.0, limits=LIMITS),
    tir=TirConfig(cell_s=1.0, limits=LIMITS),
    verify=VerifyConfig(engine="off"),
    effort=EffortConfig(((0.0, Effort("tests", 4, 1.0, 4, 4, "high", 16, True, alongside=False)),), 1.0),
    gateway=GatewayConfig(slack_s=2.0, ready_s=10.0, close_s=10.0),
)
# Enough for children on a busy machine, where a test does not wait for the deadline itself.
PLENTY_S = 60.0


def fibonacci(n: int, modulus: int) -> tuple[int, int]:
    """F(n) and F(n + 1) by doubling: another way to the answer than the pipeline's."""
    if n == 0:
        return 0, 1
    x, y = fibonacci(n // 2, modulus)
    even, odd = x * (2 * y - x) % modulus, (x * x + y * y) % modulus
    return (odd, (even + odd) % modulus) if n % 2 else (even, odd)


ANSWER = fibonacci(10**18 + 1, 99_991)[0]


def block(code: str) -> str:
    """A completion that holds a program."""
    return f"Small cases first.\n```python\n{code}\n```\n"


def recorded(text: str, *, trace: tuple[str, ...] = (), tir: tuple[str, ...] = ()) -> ReplayCompleter:
    """Completions for one problem: the n-th of a stage is its sample n."""
    sha256 = Problem("", text).sha256
    rows = [("trace", n, said) for n, said in enumerate(trace)] + [
        ("tir", n, said) for n, said in enumerate(tir)
    ]
    return ReplayCompleter({(sha256, stage, n, 0): Completion(said, "test") for stage, n, said in rows})


class World:
    """One folder with one journal, in which problems are solved."""

    def __init__(self, folder: Path, sandbox: Any) -> None:
        self.path = folder / "journal.jsonl"
        self.sandbox = sandbox

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The journal's events of one kind."""
        return [record for record in read_journal(self.path) if record["type"] == kind]

    @asynccontextmanager
    async def solver(self, completer: Completer, journal: Journal, config: Config) -> AsyncIterator[Solver]:
        clock = MonotonicClock()
        async with Lean.opened(config.verify, journal=journal, clock=clock) as lean:
            yield self.with_lean(config, completer, lean, journal)

    def with_lean(self, config: Config, completer: Completer, lean: Lean, journal: Journal) -> Solver:
        """A solver in the shared sandbox."""
        return Solver(
            config,
            completer=completer,
            mining=InProcess(config.mine),
            lean=lean,
            sandbox=self.sandbox,
            journal=journal,
            clock=MonotonicClock(),
        )

    def predict(self, completer: Completer, text: str) -> int:
        """What the gateway gets for one problem; checks the frame and the time it took."""
        clock = MonotonicClock()
        with (
            Journal.open(self.path, clock) as journal,
            Predictor(
                lambda: self.solver(completer, journal, CONFIG),
                journal=journal,
                clock=clock,
                config=CONFIG,
                start_s=clock.now_s(),
            ) as predictor,
        ):
            began_s = time.monotonic()
            frame = predictor.predict(pl.Series("id", ["p"]), pl.Series("problem", [text]))
            assert time.monotonic() - began_s <= CONFIG.budget.base_s
        assert frame.schema == {"id": pl.String, "answer": pl.Int64}
        [answer] = frame["answer"].to_list()
        assert type(answer) is int and 0 <= answer <= 99_999
        assert self.records("PredictFailed") == []
        return int(answer)

    def solve(
        self, completer: Completer, text: str = TEXT, *, wall_s: float = PLENTY_S, engine: Any = None
    ) -> Answer:
        """What the pipeline itself gives for one problem; `engine` is a Lean that is ready."""
        clock = MonotonicClock()

        async def run() -> Answer:
            with Journal.open(self.path, clock) as journal:
                async with self.solver(completer, journal, CONFIG) as solver:
                    if engine is not None:
                        lean = Lean(asyncio.create_task(asyncio.sleep(0, engine)))
                        solver = self.with_lean(CONFIG, completer, lean, journal)
                    return await solver.solve(Problem("p", text), deadline=Deadline.after(wall_s, clock))

        return asyncio.run(run())
