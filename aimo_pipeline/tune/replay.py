"""A recorded run once more, from its journal, with other settings of everything after the language model.

What models said comes from the journal, and so does what programs did and Lean found, as long as the settings
that they depend on are the recorded ones; else programs run again. A request that the recording does not have
needs new tokens: it is counted and said, never invented.

With unchanged settings every answer comes out bit for bit, since then nothing but the journal decides. Wall
clock decided in the recording where a problem ran into its deadline: what was cut off there is not in the
journal, the replay ends without it too, and such problems are marked.

Not covered: the budget's grants. A replay takes no time, so each problem has its recorded grant, and nothing
is learnt about grants; `simulate --journal` replays those on virtual time. And the replay of a replay: in its
journal so much falls into one millisecond that the order of votes is not always told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline import __version__
from aimo_pipeline.config import Config, restored, settings_of, with_settings
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.replay import JournalCompleter
from aimo_pipeline.observe.events import AnswerExpected, RunFinished, RunStarted
from aimo_pipeline.observe.journal import Journal, run_journal
from aimo_pipeline.observe.line import Line
from aimo_pipeline.observe.reading import Record, RunRecords
from aimo_pipeline.pipeline import Solver
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.recorded import RecordedSandbox, Recording
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.engine import Engine, open_engine
from aimo_pipeline.verify.ready import Lean
from aimo_pipeline.verify.recorded import RecordedEngine

# Settings on which it depends what a program does; when one changes, programs run again.
_OF_PROGRAMS = ("trace.wall_s", "trace.fresh_s", "trace.limits.", "tir.cell_s", "tir.limits.", "sandbox.")


# How long what came back waits for what came before it: long enough for mining on a busy machine; under other
# settings much is never asked for, so one does not wait long for it.
_PATIENCE_S = 2.0
_PATIENCE_CHANGED_S = 0.1


class RecordedClock:
    """Goes like another clock, and on to the recorded time whenever something comes back.

    So the effort and the rounds that depend on the time that is left come out as recorded.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_s = self._shift_s = 0.0

    def now_s(self) -> float:
        """See Clock."""
        return self._clock.now_s() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await self._clock.sleep(seconds)

    def begin(self, at_s: float) -> None:
        """A problem begins that began at `at_s` in the recording."""
        self._shift_s = self.now_s() - at_s

    def came(self, at_s: float) -> None:
        """Something comes back that came at `at_s` in the recording."""
        self._ahead_s += max(0.0, at_s + self._shift_s - self.now_s())


@dataclass(frozen=True)
class Recorded:
    """One problem of a recorded run.

    Attributes:
        problem: id and text.
        began_at_s: when it began, on the journal's clock.
        grant_s: what it was given.
        answer: (value, evidence with its numbers, path); None when the recording ends before it.
        expected: the right answer, if the journal tells.
        ran_out: it ran into its deadline.
        cleaned: a completion lost a path or a secret on its way into the journal.
    """

    problem: Problem
    began_at_s: float
    grant_s: float
    answer: tuple[int, str, str] | None
    expected: int | None
    ran_out: bool
    cleaned: bool


@dataclass(frozen=True)
class Replayed:
    """One problem, recorded and replayed; `wanting` is the number of completions that nobody has."""

    recorded: Recorded
    answer: tuple[int, str, str]
    wanting: int
    seconds: float

    @property
    def same(self) -> bool:
        """Bit for bit: value, evidence with its numbers, and path."""
        return self.recorded.answer == self.answer


@dataclass(frozen=True)
class ReplayReport:
    """A whole replay.

    Attributes:
        problems: in the order of the recording.
        journal: of the replay, for reports and comparisons.
        programs, rerun: programs and cells taken from the journal, and run again.
        proofs, unasked: documents whose verdicts were in the journal, and those that were not.
        unrestored: recorded settings that could not be restored from text.
    """

    problems: tuple[Replayed, ...]
    journal: Path
    programs: int
    rerun: int
    proofs: int
    unasked: int
    unrestored: tuple[str, ...]


def recorded_problems(records: tuple[Record, ...]) -> tuple[Recorded, ...]:
    """The problems of a run, in order.

    Raises:
        UserError: the journal is older than version 4 and does not tell the problems' texts.
    """
    of_kind: dict[str, dict[str, Record]] = {}
    for one in records:
        of_kind.setdefault(one["type"], {})[one.get("problem_id", "")] = one
    started = of_kind.get("ProblemStarted", {})
    if any("text" not in one for one in started.values()):
        raise UserError("this journal is older than version 4: it does not tell the problems' texts")
    late = _ids(one for one in records if one["type"] == "Cancelled" and one["where"] == "deadline")
    cleaned = _ids(one for one in records if one["type"] == "CompletionFinished" and "cleaned" in one)
    expected, given = of_kind.get("AnswerExpected", {}), of_kind.get("AnswerGiven", {})
    return tuple(
        Recorded(
            Problem(id_, one["text"]),
            one["at_s"],
            one["grant_s"],
            (given[id_]["value"], given[id_]["detail"], given[id_]["path"]) if id_ in given else None,
            expected[id_]["value"] if id_ in expected else None,
            id_ in late,
            id_ in cleaned,
        )
        for id_, one in started.items()
    )


def _ids(records: Iterable[Record]) -> set[str]:
    return {one["problem_id"] for one in records}


def changed_programs(settings: Mapping[str, str]) -> bool:
    """Whether other settings change what programs do."""
    return any(name.startswith(_OF_PROGRAMS) for name in settings)


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
        clock: of the replay.
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
    with run_journal(output / "journal.jsonl", clock, config.observe.secrets) as journal:
        journal.write(RunStarted(__version__, "replay", len(problems), 0.0, settings_of(config)))
        async with _parts(run, config, journal, clock, settings, lean=lean) as parts:
            found = [one async for one in _solved(problems, parts, done)]
        for event in _closing(problems):
            journal.write(event)
        journal.write(RunFinished(len(found), sum(one.seconds for one in found)))
    recording, engine = parts.recording, parts.engine
    counts = (recording.given, recording.missed, engine.recorded, engine.asked)
    return ReplayReport(tuple(found), journal.path, *counts, lost)


@dataclass(frozen=True)
class _Parts:
    solver: Solver
    completer: JournalCompleter
    recording: Recording
    engine: RecordedEngine
    clock: Clock
    passing: RecordedClock


@asynccontextmanager
async def _parts(
    run: RunRecords,
    config: Config,
    journal: Journal,
    clock: Clock,
    settings: Mapping[str, str],
    *,
    lean: bool,
) -> AsyncIterator[_Parts]:
    passing = RecordedClock(clock)
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
            lean=_ready(engine, run.records, live=lean),
            sandbox=sandbox,
            journal=journal,
            clock=passing,
        )
        yield _Parts(solver, completer, recording, engine, clock, passing)


def _ready(engine: RecordedEngine, records: tuple[Record, ...], *, live: bool) -> Lean:
    """A Lean that is there at once; none where the recording had none and nobody asks for one."""
    there = live or any(one["type"] == "StatementChecked" for one in records)
    return Lean(asyncio.create_task(_same(engine if there else None), name="lean-is-ready"))


async def _same(engine: Engine | None) -> Engine | None:
    return engine


async def _solved(
    problems: tuple[Recorded, ...], parts: _Parts, done: Callable[[Replayed], None]
) -> AsyncIterator[Replayed]:
    for one in problems:
        began_s, before = parts.clock.now_s(), len(parts.completer.wanting)
        parts.passing.begin(one.began_at_s)
        deadline = Deadline.after(one.grant_s, parts.passing)
        answer = await parts.solver.solve(one.problem, deadline=deadline)
        wanting = len(parts.completer.wanting) - before
        replayed = Replayed(one, _told(answer), wanting, parts.clock.now_s() - began_s)
        done(replayed)
        yield replayed


def _told(answer: Answer) -> tuple[int, str, str]:
    return answer.value, str(answer.evidence), answer.path


def _closing(problems: tuple[Recorded, ...]) -> Iterator[AnswerExpected]:
    for one in problems:
        if one.expected is not None:
            yield AnswerExpected(one.problem.id, one.expected)
