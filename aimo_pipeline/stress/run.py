"""Starts a run, does the faults to it as it goes, and judges what came of it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.config import LimitsConfig, StressConfig
from aimo_pipeline.gateway.local import SUBMISSION
from aimo_pipeline.observe.reading import JOURNAL
from aimo_pipeline.process import Child, started
from aimo_pipeline.stress.clock import make_jumps
from aimo_pipeline.stress.faults import Fault, NothingToHit, Whole
from aimo_pipeline.stress.judge import Hit, judged, valid_answers
from aimo_pipeline.stress.load import Scripted, make_load, write_load
from aimo_pipeline.stress.outcome import StressOutcome
from aimo_pipeline.stress.plan import plan
from aimo_pipeline.stress.served import ModelProcess
from aimo_pipeline.stress.victim import Order
from aimo_pipeline.stress.watch import Line, Watch

_ROOT = Path(__file__).parent.parent.parent
_NO_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=1 << 16, open_files=0, file_bytes=0)
_SLACK_S = 4.0  # the gateway's own, and a loaded machine's

Tell = Callable[[Line], None]


@dataclass(frozen=True)
class _Running:
    """A run, its load and who looks at it."""

    whole: Whole
    watch: Watch
    submission: Path
    child: Child
    began_s: float
    total_s: float


@asynccontextmanager
async def _running(load: Sequence[Scripted], config: StressConfig, folder: Path) -> AsyncIterator[_Running]:
    """The run as a child process, for the length of the block."""
    problems, script, clock = folder / "problems.csv", folder / "script.jsonl", folder / "clock"
    output = folder / "out"
    write_load(load, problems, script)
    make_jumps(clock)
    total_s = config.cold_s + len(load) * config.per_problem_s / config.scale
    env = os.environ | {"PYTHONPATH": str(_ROOT)}
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelProcess.opened(problems, script, folder))
        order = Order(str(problems), model.base_url, str(output), str(clock), total_s, config.scale)
        argv = [sys.executable, "-m", "aimo_pipeline.stress.victim", order.to_json()]
        began_s = time.monotonic()
        opened = started(argv, stdin=b"", limits=_NO_LIMITS, env=env, cwd=folder, grace_s=5.0)
        child = await stack.enter_async_context(opened)
        watch = Watch(child, output / JOURNAL)
        stack.callback(watch.close)
        whole = Whole(child.pid, output / JOURNAL, clock, model)
        yield _Running(whole, watch, output / SUBMISSION, child, began_s, total_s)


class _Faults:
    """Does each fault when its problem comes to the event that it waits for."""

    def __init__(self, hits: Sequence[Hit], whole: Whole, config: StressConfig) -> None:
        self._waiting, self._whole, self._config = list(hits), whole, config
        self._lean_ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def see(self, line: Line) -> None:
        """One more line of the journal."""
        if line.type in ("EngineReady", "EngineMissing"):
            self._lean_ready.set()
        for hit in list(self._waiting):
            if (line.problem_id, line.type) == (hit.target.problem.id, hit.fault.at):
                self._waiting.remove(hit)
                self._tasks.append(asyncio.create_task(self._do(hit)))

    async def _do(self, hit: Hit) -> None:
        if hit.fault.part == "lean" and hit.fault.after_s:
            await self._lean_ready.wait()
        await asyncio.sleep(hit.fault.after_s)
        hit.began_s = time.monotonic()
        try:
            hit.did = await hit.fault.does(self._whole)
        except NothingToHit as missing:
            hit.missed = f"there was nothing to hit: no {missing}"
        except OSError as error:
            hit.missed = f"it could not be done: {error.strerror}"
        hit.ended_s = time.monotonic()

    async def aclose(self) -> None:
        """Wait for those that last; give up those that wait for Lean."""
        self._lean_ready.set()
        await asyncio.gather(*self._tasks)


async def stress(
    faults: Sequence[Fault],
    *,
    problems: int,
    config: StressConfig,
    lean: bool,
    keep: Path | None,
    tell: Tell,
) -> StressOutcome:
    """A run through the gateway with faults, and two short ones that are ended from outside.

    Args:
        faults: what is done; those that need Lean are left out where there is none.
        problems: in the long run.
        config: compression and waits.
        lean: whether there is a Lean.
        keep: a folder for everything that the run wrote; None: it is thrown away.
        tell: called with each line of the journal as it comes.

    Raises:
        ValueError: see plan.
    """
    laid = plan([fault for fault in faults if lean or fault.part != "lean"], problems)
    load = make_load([kind for kind, _ in laid])
    hits = [Hit(fault, one) for one, (_, met) in zip(load, laid, strict=True) for fault in met]
    with _folder(keep) as folder:
        return await _faulty(load, hits, config, folder, lean, tell)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="aimo-stress-") as folder:
        yield Path(folder)


async def _faulty(
    load: Sequence[Scripted], hits: Sequence[Hit], config: StressConfig, folder: Path, lean: bool, tell: Tell
) -> StressOutcome:
    async with _running(load, config, folder) as run:
        doing = _Faults(hits, run.whole, config)
        try:
            async for line in run.watch.follow(until_s=run.began_s + run.total_s + config.grace_s):
                doing.see(line)
                tell(line)
        finally:
            await doing.aclose()
        seconds = time.monotonic() - run.began_s
        status = run.child.exited.result() if run.child.exited.done() else None
    answers = valid_answers(run.submission, load)
    known = [one for one in load if one.expected is not None]
    right = sum(answers.get(one.problem.id) == one.expected for one in known)
    found = tuple(judged(hit, run.watch.lines, lean=lean, slack_s=_SLACK_S) for hit in hits)
    left = tuple(seen.command for seen in run.watch.left())
    return StressOutcome(
        len(load), len(answers), right, len(known), seconds, run.total_s, status, left, found, ()
    )
