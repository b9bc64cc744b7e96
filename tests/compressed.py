"""A run of fifty problems in seconds, through the real gateway, budget, pipeline, miners and sandbox.

What the model says is scripted, by rule, and takes milliseconds instead of minutes; so is Lean's verdict,
since a real one takes half a minute for each check (it has tests of its own). Everything else is real.
The kinds of problems are chosen so that every kind of ending comes up.
"""

from __future__ import annotations

import asyncio
import csv
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from aimo_pipeline.config import (
    BudgetConfig,
    Config,
    EffortConfig,
    GatewayConfig,
    LimitsConfig,
    MineConfig,
    ObserveConfig,
    SandboxConfig,
    TirConfig,
    TraceConfig,
)
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.gateway import server
from aimo_pipeline.gateway.score import Report
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Measures,
    NoCompletion,
)
from aimo_pipeline.mine.apart import InProcess, Mining
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Proved, Refuted, Unknown, Verdict
from aimo_pipeline.pipeline import Solver
from aimo_pipeline.solving.health import Watched, health_sampled
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.document import LeanDocument
from aimo_pipeline.verify.engine import Engine
from aimo_pipeline.verify.ready import Lean

PROBLEMS = 50
MODULUS = 99_991
LIMITS = LimitsConfig(memory_bytes=1 << 30)
KINDS = (
    *("proved", "proved", "voted", "proved", "lean_unknown"),
    *("voted", "no_code", "refuted", "split", "proved"),
    *("syntax", "voted", "time_out", "nothing_fits", "out_of_contract"),
    *("voted", "proved", "engine_fault", "proved", "voted"),
)


@dataclass(frozen=True)
class Script:
    """One problem: what is asked, how the model behaves, and the right answer."""

    number: int

    @property
    def kind(self) -> str:
        """How it goes."""
        return KINDS[self.number % len(KINDS)]

    @property
    def id(self) -> str:
        """As the gateway names it."""
        return f"p{self.number:02}"

    @property
    def text(self) -> str:
        """What is asked."""
        return (
            f"Let a_0 = 0, a_1 = 1 and a_{{n+2}} = {self.number + 1} a_{{n+1}} + a_n. "
            f"Find the remainder when a_n with n = 10^18 is divided by {MODULUS}."
        )

    @cached_property
    def answer(self) -> int:
        """By powers of the companion matrix: another way than the pipeline's."""
        power, result, n = ((self.number + 1, 1), (1, 0)), ((1, 0), (0, 1)), 10**18
        while n:
            if n % 2:
                result = _product(result, power)
            power, n = _product(power, power), n // 2
        return result[0][1]

    def program(self, body: str) -> str:
        """A trace program."""
        return f"```python\nFIRST = 0\nTARGET = 10**18\nMODULUS = {MODULUS}\ndef a(n):\n{body}```\n"


def _product(x: tuple[tuple[int, int], ...], y: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return tuple(
        tuple(sum(x[i][k] * y[k][j] for k in range(2)) % MODULUS for j in range(2)) for i in range(2)
    )


SCRIPTS = {one.text: one for one in map(Script, range(PROBLEMS))}


@cache
def _kind_by_answer() -> dict[str, str]:
    return {str(script.answer): script.kind for script in SCRIPTS.values()}


def _kinds(document: LeanDocument) -> set[str]:
    """Of the problems whose answers a document names."""
    named = {number for one in document.theorems for number in re.findall("[0-9]+", one.statement)}
    return {_kind_by_answer()[number] for number in named & _kind_by_answer().keys()}


def trace_text(script: Script, sample: int) -> str | None:
    """What the model writes as a trace program."""
    loop = f"    x, y = 0, 1\n    for _ in range(n):\n        x, y = y, {script.number + 1} * y + x\n"
    match script.kind:
        case "no_code":
            return "I would rather think about it." if sample == 0 else None
        case "syntax":
            return "```python\ndef a(n:\n```" if sample == 0 else None
        case "time_out":
            return script.program("    while True: pass\n") if sample == 0 else None
        case "nothing_fits":
            digest = "__import__('hashlib').sha256(str(n).encode()).digest()"
            body = f"    return int.from_bytes({digest}[:6], 'big')\n"
            return script.program(body) if sample == 0 else None
        case "proved" | "lean_unknown" | "refuted":
            return script.program(f"{loop}    return x\n") if sample == 0 else None
        case _:
            return None


def attempt_text(script: Script, sample: int, turn: int) -> str | None:
    """What the model says in an attempt of tool-integrated reasoning."""
    if turn == 0:
        return f"Let me compute.\n```python\nprint({sample} + {script.number})\n```\n"
    right, wrong = script.answer, (script.answer + 1) % MODULUS
    said: Mapping[str, tuple[int | None, ...]] = {
        "voted": (right, wrong, right, right),
        "split": (right, wrong, wrong + 1, wrong + 2),
        "refuted": (right, right, right, wrong),
        "nothing_fits": (right, right, None, right),
        "out_of_contract": (10**9, 10**9 + 7, 10**9, 10**9),
        "lean_unknown": (right, right, right, right),
        "syntax": (wrong, wrong, wrong, right),
        "no_code": (None, None, None, None),
        "time_out": (None, right, None, None),
    }
    value = said.get(script.kind, (None,) * 4)[sample % 4]
    return None if value is None else f"So it is \\boxed{{{value}}}."


class ScriptedCompleter:
    """A Completer that says what the script has, at a hundred times a model's pace."""

    def __init__(self, pace: float) -> None:
        self._pace = pace

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        script = SCRIPTS[request.problem.text]
        if request.stage == "tir" and script.kind == "engine_fault":
            await asyncio.sleep(0.02)
            return NoCompletion("engine_died", "the engine died and did not come back in time")
        text = (
            trace_text(script, request.sample)
            if request.stage == "trace" and request.turn == 0
            else attempt_text(script, request.sample, request.turn)
            if request.stage == "tir"
            else None
        )
        if text is None:
            return NoCompletion("not_recorded")
        tokens = 200 + 37 * script.number + 400 * request.sample
        ttft_s, tpot_s = 0.2 + 0.01 * (script.number % 7), 0.011
        await asyncio.sleep(min((ttft_s + tokens * tpot_s) / self._pace, deadline.remaining_s()))
        entropy = 0.3 + 0.1 * request.sample
        measures = Measures(150 + script.number, 100, tokens, ttft_s, tpot_s, entropy, entropy / 2)
        return Completion(text, "scripted", measures=measures)


class ScriptedLean:
    """An Engine whose verdicts follow from the kind of the problem that a document is about."""

    name = "scripted"

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        await asyncio.sleep(0.05)
        kinds = _kinds(document)
        return {theorem.name: self._verdict(theorem.name, kinds) for theorem in document.theorems}

    def _verdict(self, name: str, kinds: set[str]) -> Verdict:
        if name == "value" and "refuted" in kinds:
            return Refuted("decided to be false")
        if name == "program" and "lean_unknown" in kinds:
            return Unknown("stopped at its time limit")
        return Proved()


async def _same(engine: Engine) -> Engine:
    return engine


@asynccontextmanager
async def mining_here(config: MineConfig) -> AsyncIterator[Mining]:
    """Mining in the run's own process."""
    yield InProcess(config)


def opener(
    pace: float,
    open_sandbox: Callable[..., AbstractAsyncContextManager[Sandbox]] = Sandbox.opened,
    open_mining: Callable[[MineConfig], AbstractAsyncContextManager[Mining]] = mining_here,
) -> Callable[..., AsyncIterator[Solver]]:
    """In place of pipeline.open_solver."""

    @asynccontextmanager
    async def open_solver(config: Config, *, journal: Journal, clock: Clock) -> AsyncIterator[Solver]:
        programs = JournaledPrograms(journal)
        async with (
            open_sandbox(config.sandbox, clock=clock, observer=programs) as sandbox,
            open_mining(config.mine) as mining,
        ):
            lean = Lean(asyncio.create_task(_same(ScriptedLean())))
            watched, observe = Watched(lean, sandbox), config.observe
            async with health_sampled(watched, journal=journal, config=observe, clock=clock):
                yield Solver(
                    config,
                    completer=ScriptedCompleter(pace),
                    mining=mining,
                    lean=lean,
                    sandbox=sandbox,
                    journal=journal,
                    clock=clock,
                )

    return open_solver  # type: ignore[return-value]


def write_problems(path: Path) -> Path:
    """The problem file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "problem", "answer"])
        rows.writerows([one.id, one.text, one.answer] for one in SCRIPTS.values())
    return path


def config_of(folder: Path, observe: ObserveConfig) -> Config:
    """Short limits; everything else as in a submission."""
    return Config(
        budget=BudgetConfig(problems=PROBLEMS, answer_reserve_s=0.2),
        effort=EffortConfig(
            long_trace_factor=0.12
        ),  # of 5 s: what the effort asks for goes before trace.wall_s
        trace=TraceConfig(wall_s=0.6, fresh_s=0.5, max_terms=32, limits=LIMITS),
        tir=TirConfig(cell_s=2.0, limits=LIMITS),
        sandbox=SandboxConfig(allow_missing=True),
        gateway=GatewayConfig(
            problems_csv=write_problems(folder / "problems.csv"),
            output_dir=folder / "run",
            kaggle_input=folder / "no-kaggle",
        ),
        observe=observe,
    )


def run_compressed(
    folder: Path,
    *,
    pace: float = 300.0,
    observe: ObserveConfig | None = None,
    open_sandbox: Callable[..., AbstractAsyncContextManager[Sandbox]] = Sandbox.opened,
    open_mining: Callable[[MineConfig], AbstractAsyncContextManager[Mining]] = mining_here,
) -> Report:
    """Fifty problems; what came of it lies in `folder`/run."""
    config = config_of(folder, observe or ObserveConfig())
    opened = opener(pace, open_sandbox, open_mining)
    return server.run(config, start_s=time.monotonic(), open_solver=opened)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def compressed_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of one such run, shared by all tests."""
    folder = tmp_path_factory.mktemp("compressed")
    run_compressed(folder)
    yield folder / "run"
