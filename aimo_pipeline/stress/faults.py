"""The faults: what is done to a run, when, and how its journal shows that it was noticed and is over.

Everything is done from outside the run's process, as a machine would do it: signals, resource limits, a model
server that dies or lies. Only jumps of the clock need the run to read a special clock.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.errors import UserError
from aimo_pipeline.stress import processes
from aimo_pipeline.stress.clock import jump
from aimo_pipeline.stress.load import Kind
from aimo_pipeline.stress.model import Mood
from aimo_pipeline.stress.processes import Seen
from aimo_pipeline.stress.served import ModelProcess
from aimo_pipeline.stress.watch import Line

Record = dict[str, Any]

_LOOK_S = 0.02
_LOOKS = 150
_SLOW_S = 0.2
# A fault that lasts does so until the run has noticed, which takes the longer the busier the machine is.
_LASTS_S = 15.0
# Long enough for the first programs to end, also where the model is asked again before.
_FULL_DISK_S = 4.0
_SUSPENDED_S = 3.0
JUMP_S = 8.0
# What a process may still take before it is out of memory: less than any further step of Lean needs.
_ROOM_BYTES = 1 << 20


@dataclass(frozen=True)
class Whole:
    """The run, from outside: its process, its journal as a file and as seen so far, its clock, its model."""

    pid: int
    journal: Path
    lines: Sequence[Line]
    clock: Path
    model: ModelProcess

    async def tells(self, *types: str) -> float:
        """Wait for a further record of one of the types, at most _LASTS_S; gives how long it took."""
        began_s, place = time.monotonic(), len(self.lines)
        while time.monotonic() < began_s + _LASTS_S:
            if any(line.type in types for line in self.lines[place:]):
                break
            await asyncio.sleep(_LOOK_S)
        return time.monotonic() - began_s


class NothingToHit(Exception):
    """The process that the fault is about is not there (yet)."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: as the user names it.
        part: what it hits; faults of one part never meet in one problem.
        about: in a few words.
        kind: the problem that it is done to.
        at: type of that problem's event after which it is done.
        does: does it, and heals what does not heal by itself; says what it did.
        noticed: whether a record, with the one before it, tells that the run noticed.
        works: whether a record of this problem or a later one shows that the part works again.
        keeps: whether the problem's full result is expected all the same.
        outside_s: how long the run as a whole is stopped or set forward, which is not held against it.
        after_s: from the event; what hits Lean waits until it has looked as if it checked for so long.
    """

    name: str
    part: str
    about: str
    kind: Kind
    at: str
    does: Callable[[Whole], Awaitable[str]]
    noticed: Callable[[Record, Record], bool]
    works: Callable[[Record], bool]
    keeps: bool = True
    outside_s: float = 0.0
    after_s: float = 0.5


def _hit(found: Seen | None, what: str) -> Seen:
    if found is None:
        raise NothingToHit(what)
    return found


def _signalled(
    find: Callable[[int], Seen | None], number: signal.Signals, what: str
) -> Callable[[Whole], Awaitable[str]]:
    async def does(whole: Whole) -> str:
        seen = find(whole.pid)
        for _ in range(_LOOKS):  # it may be about to come: a cell begins a moment after its completion
            if seen is not None:
                break
            await asyncio.sleep(_LOOK_S)
            seen = find(whole.pid)
        processes.send(_hit(seen, what), number)
        return f"{number.name} to {what}"

    return does


async def _lean_out_of_memory(whole: Whole) -> str:
    processes.cap_memory(_hit(processes.lean_worker(whole.pid), "the Lean worker"), _ROOM_BYTES)
    return "no more memory for the Lean worker"


async def _model_killed(whole: Whole) -> str:
    whole.model.send(signal.SIGKILL)
    seconds = await whole.tells("CompletionRetried")
    await whole.model.start()
    return f"SIGKILL to the model's server, another after {seconds:.1f} s"


async def _model_hung(whole: Whole) -> str:
    whole.model.send(signal.SIGSTOP)
    seconds = await whole.tells("CompletionRetried")
    whole.model.send(signal.SIGCONT)
    return f"SIGSTOP to the model's server for {seconds:.1f} s"


def _model_is(mood: Mood, *until: str) -> Callable[[Whole], Awaitable[str]]:
    async def does(whole: Whole) -> str:
        whole.model.be(mood)
        seconds = await whole.tells(*until)
        whole.model.be(Mood.GOOD)
        return f"the model's answers are {mood} for {seconds:.1f} s"

    return does


async def _disk_full(whole: Whole) -> str:
    processes.cap_files(whole.pid, whole.journal.stat().st_size)
    await asyncio.sleep(_FULL_DISK_S)
    processes.cap_files(whole.pid, None)
    return f"no room on disk for {_FULL_DISK_S:.0f} s"


async def _suspended(whole: Whole) -> str:
    stopped = processes.family(whole.pid)
    for seen in stopped:
        processes.send(seen, signal.SIGSTOP)
    await asyncio.sleep(_SUSPENDED_S)
    for seen in stopped:
        processes.send(seen, signal.SIGCONT)
    return f"{len(stopped)} processes stopped for {_SUSPENDED_S:.0f} s"


def _jumped(seconds: float) -> Callable[[Whole], Awaitable[str]]:
    async def does(whole: Whole) -> str:
        jump(whole.clock, seconds)
        return f"the clock {'forward' if seconds > 0 else 'back'} by {abs(seconds):.0f} s"

    return does


async def _nothing(whole: Whole) -> str:
    return "the problem itself"


def _is(*types: str) -> Callable[..., bool]:
    return lambda record, *_: record.get("type") in types


def _gap_of(seconds: float) -> Callable[[Record, Record], bool]:
    """The times of two records lie apart as the clock jumped: farther, or the wrong way round."""

    def seen(record: Record, before: Record) -> bool:
        gap_s = float(record.get("at_s", 0.0)) - float(before.get("at_s", 0.0))
        return gap_s > 0.9 * seconds if seconds > 0.0 else gap_s < -1.0

    return seen


def _proved(record: Record) -> bool:
    verdicts = record.get("verdicts") or {}
    return record.get("type") == "VerifyFinished" and set(verdicts.values()) == {"proved"}


def _said(record: Record) -> bool:
    return record.get("type") == "CompletionFinished" and (record.get("tpot_s") or 0.0) < _SLOW_S


def _said_slowly(record: Record, before: Record) -> bool:
    return record.get("type") == "CompletionFinished" and not _said(record)


def _lean_failed(record: Record, before: Record) -> bool:
    return record.get("type") in ("LeanLost", "StageFailed") or (
        record.get("type") == "VerifyFinished" and not _proved(record)
    )


def _ran(record: Record) -> bool:
    return record.get("type") == "AttemptFinished" and record.get("value") is not None


def _attempt_failed(record: Record, before: Record) -> bool:
    return record.get("type") == "Cancelled" or (
        record.get("type") == "AttemptFinished" and record.get("value") is None
    )


def _program_died(record: Record, before: Record) -> bool:
    return record.get("type") == "ProgramRan" and record.get("outcome") in ("killed", "crashed")


def _program_stopped(record: Record, before: Record) -> bool:
    return record.get("type") == "TraceFinished" and record.get("cause") != "ok"


FAULTS: tuple[Fault, ...] = (
    Fault("llm-killed", "llm", "the model's server is killed, another comes up", Kind.REASON,
          "RouteFinished", _model_killed, _is("CompletionRetried"), _said, after_s=0.1),
    Fault("llm-hung", "llm", "the model's server stops in the middle of its answers", Kind.REASON,
          "RouteFinished", _model_hung, _is("CompletionRetried"), _said, after_s=0.1),
    Fault("llm-garbage", "llm", "the model's server answers no JSON and no UTF-8", Kind.FLOOD,
          "RouteFinished", _model_is(Mood.GARBAGE, "CompletionRetried"), _is("CompletionRetried"),
          _said, after_s=0.0),
    Fault("llm-empty", "llm", "the model ends without a word", Kind.REASON, "RouteFinished",
          _model_is(Mood.EMPTY, "CompletionMissing"), _is("CompletionMissing"), _said, after_s=0.0),
    Fault("llm-slow", "llm", "the model takes its time over each token", Kind.COUNT, "ProblemStarted",
          _model_is(Mood.SLOW, "CompletionFinished"), _said_slowly, _said, after_s=0.0),
    Fault("lean-start", "lean", "Lean is killed while it loads", Kind.COUNT, "ProblemStarted",
          _signalled(processes.lean_worker, signal.SIGKILL, "the Lean worker"), _lean_failed, _proved,
          after_s=0.0),
    Fault("lean-killed", "lean", "Lean is killed in the middle of a check", Kind.COUNT, "TranslateFinished",
          _signalled(processes.lean_worker, signal.SIGKILL, "the Lean worker"), _lean_failed, _proved,
          after_s=1.5),
    Fault("lean-memory", "lean", "Lean gets no more memory", Kind.COUNT, "TranslateFinished",
          _lean_out_of_memory, _lean_failed, _proved, after_s=1.5),
    Fault("lean-hung", "lean", "Lean stops and never goes on", Kind.COUNT, "TranslateFinished",
          _signalled(processes.lean_worker, signal.SIGSTOP, "the Lean worker"), _lean_failed, _proved,
          after_s=1.5),
    Fault("sandbox-killed", "sandbox", "the fork server is killed under running cells", Kind.REASON,
          "CompletionFinished", _signalled(processes.fork_server, signal.SIGKILL, "the fork server"),
          _is("SandboxLost", "StageFailed"), _ran),
    Fault("sandbox-hung", "sandbox", "the fork server stops and never goes on", Kind.REASON, "ProblemStarted",
          _signalled(processes.fork_server, signal.SIGSTOP, "the fork server"),
          _is("SandboxLost", "StageFailed"), _ran, keeps=False, after_s=0.0),
    Fault("program-killed", "sandbox", "a program is killed, as when memory is out", Kind.REASON,
          "CompletionFinished", _signalled(processes.running_program, signal.SIGKILL, "a program"),
          _program_died, _ran),
    Fault("sandbox-flooded", "sandbox", "programs print, fork, allocate and loop without end", Kind.FLOOD,
          "ProblemStarted", _nothing, _program_stopped, _ran),
    Fault("disk-full", "disk", "nothing can be written to disk", Kind.FLOOD, "ProblemStarted", _disk_full,
          _is("RecordsLost"), _is("AnswerGiven")),
    Fault("suspended", "clock", "all processes are stopped for a while", Kind.REASON, "CompletionFinished",
          _suspended, _gap_of(_SUSPENDED_S), _is("AnswerGiven"), keeps=False, outside_s=_SUSPENDED_S),
    Fault("clock-forward", "clock", "the clock jumps forward", Kind.REASON, "CompletionFinished",
          _jumped(JUMP_S), _gap_of(JUMP_S), _is("AnswerGiven"), keeps=False, outside_s=JUMP_S),
    Fault("clock-back", "clock", "the clock jumps back", Kind.STALL, "CompletionFinished", _jumped(-JUMP_S),
          _gap_of(-JUMP_S), _is("AnswerGiven"), keeps=False),
    Fault("stalled", "problem", "every stage of a problem runs into its limit", Kind.STALL, "ProblemStarted",
          _nothing, _attempt_failed, _is("AnswerGiven"), keeps=False),
)  # fmt: skip


def named_faults(names: Iterable[str]) -> tuple[Fault, ...]:
    """The faults of these names; all of them when none is given.

    Raises:
        UserError: there is no such fault.
    """
    known = {fault.name: fault for fault in FAULTS}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UserError(f"no fault is called {unknown[0]!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in names) or FAULTS
