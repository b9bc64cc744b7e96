"""A recorded run once more, from its journal, with other settings of everything after the language model.

What models said comes from the journal, and so does what programs did and Lean found, as long as the settings
that they depend on are the recorded ones; else programs run again. A request that the recording does not have
needs new tokens: it is counted and said, never invented.

With unchanged settings every answer comes out bit for bit, since then nothing but the journal decides: what
came when, and what grants and the budget's plan cut off. Time is the recording's (replay_clock.py), so a
replay takes seconds, and its own journal, which has these times, can be replayed again. With other settings
of the budget grants are made anew (replay_grants.py).

Not covered: what takes time in the replay itself takes none on its clock. So programs that run again, and
Lean where it is asked, cost no budget there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline import __version__
from aimo_pipeline.config import Config, restored, settings_of, with_settings, without_effect
from aimo_pipeline.deadline import Clock
from aimo_pipeline.domain import Answer
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.replay import JournalCompleter
from aimo_pipeline.mine.apart import InProcess
from aimo_pipeline.observe.events import AnswerExpected, RunFinished, RunStarted
from aimo_pipeline.observe.journal import Journal, run_journal
from aimo_pipeline.observe.line import Line
from aimo_pipeline.observe.reading import Record, RunRecords
from aimo_pipeline.pipeline import Solver
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.recorded import RecordedSandbox, Recording
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.tune.replay_clock import RecordedClock
from aimo_pipeline.tune.replay_grants import Grants, NewGrants, RecordedGrants, changes_grants, late_by_s
from aimo_pipeline.tune.replay_problems import Recorded, Replayed, ReplayReport, Told, recorded_problems
from aimo_pipeline.verify.engine import Engine, open_engine
from aimo_pipeline.verify.ready import Lean
from aimo_pipeline.verify.recorded import RecordedEngine

# Settings on which it depends what a program does; when one changes, programs run again.
_OF_PROGRAMS = (
    *(
        "trace.wall_s",
        "trace.fresh_s",
        "trace.beside_s",
        "trace.limits.",
        "tir.cell_s",
        "tir.limits.",
        "sandbox.",
    ),
    "effort.long_trace_factor",
)


# How long what came back waits for what came before it: long enough for mining on a busy machine; under other
# settings much is never asked for, so one does not wait long for it.
_PATIENCE_S = 2.0
_PATIENCE_CHANGED_S = 0.1


def changed_programs(settings: Mapping[str, str]) -> bool:
    """Whether other settings change what programs do."""
    return any(name.startswith(_OF_PROGRAMS) or name.endswith(".trace_wall_s") for name in settings)


async def replay(
    run: RunRecords,
    *,
    config: Config,
    settings: Mapping[str, str],
    output: Path,
    clock: Clock,
    lean: bool,
    done: Callable[[Replayed], None] = lambda _: None,
) -> ReplayReport:
    """Solve the problems of a recorded run again.

    Args:
        run: its records.
        config: gives the paths; all other settings are the recorded ones.
        settings: what to change, dotted name -> value.
        output: folder for the replay's journal.
        clock: of the machine, for Lean and for what the replay takes.
        lean: ask a real Lean about documents that the journal does not know.
        done: told of each problem.

    Raises:
        UserError: there is nothing to replay, or a setting does not exist.
    """
    problems = recorded_problems(run.records)
    if not problems:
        raise UserError(f"no problem was started in {run.path}; nothing to replay")
    begun = next((one for one in run.records if one["type"] == "RunStarted"), {})
    config, lost = restored(config, begun.get("settings", {}))
    config = with_settings(config, settings)
    passing, total_s = RecordedClock(), config.budget.total_s
    with run_journal(output / "journal.jsonl", passing, config.observe.secrets) as journal:
        journal.write(RunStarted(__version__, "replay", len(problems), total_s, settings_of(config)))
        async with _parts(run, config, journal, (clock, passing), settings, lean=lean) as parts:
            found = [one async for one in _solved(problems, parts, done)]
        for event in _closing(problems):
            journal.write(event)
        journal.write(RunFinished(len(found), sum(one.seconds for one in found)))
    recording, engine = parts.recording, parts.engine
    counts = (recording.given, recording.missed, engine.recorded, engine.asked)
    higher = [one for one in without_effect(config) if one.partition("=")[0] in settings]
    return ReplayReport(tuple(found), journal.path, changes_grants(settings), *counts, lost, tuple(higher))


@dataclass(frozen=True)
class _Parts:
    solver: Solver
    completer: JournalCompleter
    recording: Recording
    engine: RecordedEngine
    line: Line
    grants: Grants
    clock: Clock
    passing: RecordedClock


@asynccontextmanager
async def _parts(
    run: RunRecords,
    config: Config,
    journal: Journal,
    clocks: tuple[Clock, RecordedClock],
    settings: Mapping[str, str],
    *,
    lean: bool,
) -> AsyncIterator[_Parts]:
    clock, passing = clocks
    patience_s = _PATIENCE_CHANGED_S if settings else _PATIENCE_S
    line = Line(run.records, patience_s=patience_s, came=passing.came)
    completer = JournalCompleter(run.records, line)
    recording = Recording(() if changed_programs(settings) else run.records, line)
    programs = JournaledPrograms(journal)
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(open_engine(config.verify, clock)) if lean else None
        engine = RecordedEngine(run.records, line, live)
        over = RecordedSandbox.over(recording, config.sandbox, clock=passing, observer=programs)
        sandbox: Sandbox = await stack.enter_async_context(over)
        solver = Solver(
            config,
            completer=completer,
            mining=InProcess(config.mine),  # what it takes is not of this run's time
            lean=_ready(engine, run.records, live=lean),
            sandbox=sandbox,
            journal=journal,
            clock=passing,
        )
        grants = _grants(run, config, journal, passing, settings)
        yield _Parts(solver, completer, recording, engine, line, grants, clock, passing)


def _grants(
    run: RunRecords, config: Config, journal: Journal, clock: RecordedClock, settings: Mapping[str, str]
) -> Grants:
    if not changes_grants(settings):
        return RecordedGrants(clock)
    return NewGrants(config.budget, journal, clock, late_s=late_by_s(run.records))


def _ready(engine: RecordedEngine, records: tuple[Record, ...], *, live: bool) -> Lean:
    """A Lean that is there at once; none where the recording had none and nobody asks for one."""
    there = live or any(one["type"] == "StatementChecked" for one in records)
    return Lean(asyncio.create_task(_same(engine if there else None), name="lean-is-ready"))


async def _same(engine: Engine | None) -> Engine | None:
    return engine


async def _solved(
    problems: tuple[Recorded, ...], parts: _Parts, done: Callable[[Replayed], None]
) -> AsyncIterator[Replayed]:
    before_s = 0.0  # when the recording's problem before ended
    for one in problems:
        pause_s = max(0.0, one.began_at_s - before_s)
        parts.passing.advance_to(parts.passing.now_s() + pause_s)
        replayed = await _replayed(one, parts)
        before_s = one.began_at_s if one.ended_at_s is None else one.ended_at_s
        done(replayed)
        yield replayed


async def _replayed(one: Recorded, parts: _Parts) -> Replayed:
    passing, before, really_s = parts.passing, len(parts.completer.wanting), parts.clock.now_s()
    passing.begin(one.began_at_s)
    watch = parts.grants.open(one)
    answer = await parts.solver.solve(one.problem, deadline=watch.latest, watch=watch)
    wanting, spent_s = len(parts.completer.wanting) - before, watch.elapsed_s
    parts.grants.close(one, answer, watch, wanting=wanting)
    unused, grant_s = len(one.completions - parts.line.given), max(watch.plan.stop_s)
    cut = watch.gave_up or watch.latest.passed
    took_s = parts.clock.now_s() - really_s
    return Replayed(one, _told(answer), wanting, unused, grant_s, spent_s, cut, took_s)


def _told(answer: Answer) -> Told:
    return answer.value, str(answer.evidence), answer.path


def _closing(problems: tuple[Recorded, ...]) -> Iterator[AnswerExpected]:
    for one in problems:
        if one.expected is not None:
            yield AnswerExpected(one.problem.id, one.expected)
