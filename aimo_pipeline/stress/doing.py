"""What is done to a run, from outside its process, as a machine would do it.

Signals, resource limits, a model that lies; only jumps of the clock need the run to read a special clock.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.stress import processes
from aimo_pipeline.stress.clock import jump
from aimo_pipeline.stress.model import Mood
from aimo_pipeline.stress.processes import Seen
from aimo_pipeline.stress.served import ModelFolder
from aimo_pipeline.stress.watch import Line

_LOOK_S = 0.02
_LOOKS = 150
# A fault that lasts does so until the run has noticed, which takes the longer the busier the machine is.
_LASTS_S = 15.0
# A server that is slowed down: how long at most, and how long it stands and goes in turn.
_SLOWED_S, _STOPPED_S, _GOING_S = 90.0, 0.9, 0.1
# Long enough for the first programs to end, also where the model is asked again before.
_FULL_DISK_S = 4.0
SUSPENDED_S = 3.0
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
    model: ModelFolder

    async def tells(self, *types: str) -> float:
        """Wait for a further record of one of the types, at most _LASTS_S; gives how long it took."""
        began_s, place = time.monotonic(), len(self.lines)
        while time.monotonic() < began_s + _LASTS_S:
            if any(line.type in types for line in self.lines[place:]):
                break
            await asyncio.sleep(_LOOK_S)
        return time.monotonic() - began_s


Does = Callable[[Whole], Awaitable[str]]


class NothingToHit(Exception):
    """The process that the fault is about is not there (yet)."""


def _hit(found: Seen | None, what: str) -> Seen:
    if found is None:
        raise NothingToHit(what)
    return found


def signalled(find: Callable[[int], Seen | None], number: signal.Signals, what: str) -> Does:
    """A signal to one process of the run, which may be about to come: a cell begins after its completion."""

    async def does(whole: Whole) -> str:
        seen = find(whole.pid)
        for _ in range(_LOOKS):
            if seen is not None:
                break
            await asyncio.sleep(_LOOK_S)
            seen = find(whole.pid)
        processes.send(_hit(seen, what), number)
        return f"{number.name} to {what}"

    return does


async def lean_out_of_memory(whole: Whole) -> str:
    """Every Lean process is killed, and no allocation of the first one that comes after succeeds.

    One that is warm has the memory that a check needs, so it is the loading that can be hit.
    """
    gone = processes.lean_processes(whole.pid)
    _hit(next(iter(gone), None), "the Lean worker")
    for one in gone:
        processes.send(one, signal.SIGKILL)
    numbers = {one.pid for one in gone}
    for _ in range(_LOOKS):
        await asyncio.sleep(_LOOK_S)
        fresh = [one for one in processes.lean_processes(whole.pid) if one.pid not in numbers]
        if fresh:
            processes.cap_memory(fresh[0], _ROOM_BYTES)
            return "SIGKILL to Lean, and no memory for the next one"
    raise NothingToHit("Lean process that loads")


def model_is(mood: Mood, *until: str) -> Does:
    """The model's server behaves so until the journal tells of one of these."""

    async def does(whole: Whole) -> str:
        whole.model.be(mood)
        seconds = await whole.tells(*until)
        whole.model.be(Mood.GOOD)
        return f"the model's answers are {mood} for {seconds:.1f} s"

    return does


async def model_slowed(whole: Whole) -> str:
    """The model's server is stopped most of the time, until a completion has come."""
    began_s, place = time.monotonic(), len(whole.lines)
    _hit(processes.model_server(whole.pid), "the model's server")
    while time.monotonic() < began_s + _SLOWED_S:
        if any(line.type == "CompletionFinished" for line in whole.lines[place:]):
            break
        server = processes.model_processes(whole.pid)
        for number, pause_s in ((signal.SIGSTOP, _STOPPED_S), (signal.SIGCONT, _GOING_S)):
            for one in server:
                processes.send(one, number)
            await asyncio.sleep(pause_s)
    return f"the model's server stopped most of {time.monotonic() - began_s:.0f} s"


async def disk_full(whole: Whole) -> str:
    """No file grows for a while."""
    processes.cap_files(whole.pid, whole.journal.stat().st_size)
    await asyncio.sleep(_FULL_DISK_S)
    processes.cap_files(whole.pid, None)
    return f"no room on disk for {_FULL_DISK_S:.0f} s"


async def suspended(whole: Whole) -> str:
    """All of its processes stand still for a while."""
    stopped = processes.family(whole.pid)
    for seen in stopped:
        processes.send(seen, signal.SIGSTOP)
    await asyncio.sleep(SUSPENDED_S)
    for seen in stopped:
        processes.send(seen, signal.SIGCONT)
    return f"{len(stopped)} processes stopped for {SUSPENDED_S:.0f} s"


def jumped(seconds: float) -> Does:
    """The run's clock jumps."""

    async def does(whole: Whole) -> str:
        jump(whole.clock, seconds)
        return f"the clock {'forward' if seconds > 0 else 'back'} by {abs(seconds):.0f} s"

    return does


async def nothing(whole: Whole) -> str:
    """The problem does it."""
    return "the problem itself"
