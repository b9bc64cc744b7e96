"""Starts a run, does the faults to it as it goes, and judges what came of it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aimo_pipeline.config import StressConfig
from aimo_pipeline.stress.doing import NothingToHit, Whole
from aimo_pipeline.stress.ending import ENDS, end
from aimo_pipeline.stress.faults import Fault
from aimo_pipeline.stress.judge import Hit, judged, valid_answers
from aimo_pipeline.stress.load import Kind, Scripted, make_load
from aimo_pipeline.stress.outcome import Ended, StressOutcome
from aimo_pipeline.stress.plan import plan
from aimo_pipeline.stress.running import running
from aimo_pipeline.stress.watch import Line

# Any of them tells that Lean is there or not: the first is lost where the disk was full just then.
_LEAN_TOLD = ("EngineReady", "EngineMissing", "CheckStarted")
_SLACK_S = 4.0  # the gateway's own, and a loaded machine's

Tell = Callable[[Line], None]


class _Faults:
    """Does each fault when its problem comes to the event that it waits for."""

    def __init__(self, hits: Sequence[Hit], whole: Whole, config: StressConfig) -> None:
        self._waiting, self._whole, self._config = list(hits), whole, config
        self._lean_ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def see(self, line: Line) -> None:
        """One more line of the journal."""
        if line.type in _LEAN_TOLD:
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
    ending: bool,
    tell: Tell,
) -> StressOutcome:
    """A run through the gateway with faults, and two short ones that are ended from outside.

    Args:
        faults: what is done; those that need Lean are left out where there is none.
        problems: in the long run.
        config: compression and waits.
        lean: whether there is a Lean.
        keep: a folder for everything that the run wrote; None: it is thrown away.
        ending: whether two short runs are ended from outside as well.
        tell: called with each line of the journal as it comes.

    Raises:
        ValueError: see plan.
    """
    laid = plan([fault for fault in faults if lean or fault.part != "lean"], problems)
    load = make_load([kind for kind, _ in laid])
    if config.live:  # nobody knows what it will say
        load = tuple(replace(one, expected=None) for one in load)
    began_s = time.monotonic()
    hits = [Hit(fault, one) for one, (_, met) in zip(load, laid, strict=True) for fault in met]
    with _folder(keep) as folder:
        outcome = await _faulty(load, hits, config, folder, lean, tell)
        ends = await _ends(config, folder, tell) if ending else ()
    return replace(outcome, ends=ends, whole_s=time.monotonic() - began_s)


async def _ends(config: StressConfig, folder: Path, tell: Tell) -> tuple[Ended, ...]:
    """Side by side: most of what they take is waiting."""
    return tuple(await asyncio.gather(*(_ended(name, config, folder / name, tell) for name in ENDS)))


async def _ended(name: str, config: StressConfig, folder: Path, tell: Tell) -> Ended:
    """Of two problems with cells that run for seconds, the second is cut short."""
    folder.mkdir()
    async with running(make_load([Kind.REASON, Kind.STALL]), config, folder) as run:
        return await end(run, name, close_s=config.close_s, tell=tell)


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
    async with running(load, config, folder) as run:
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
    found = tuple(judged(hit, hits, run.watch.lines, lean=lean, slack_s=_SLACK_S) for hit in hits)
    left = await run.watch.left()
    return StressOutcome(
        len(load), len(answers), right, len(known), seconds, run.total_s, status, left, found, (), seconds
    )
