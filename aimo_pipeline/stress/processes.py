"""The run's processes as seen from outside, through /proc (man 5 proc), and what can be done to them.

Found by descent from the run's own process, never by name alone, so that other runs on the machine are safe.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LEAN = ("wasm_launcher.js", "bin/lean")
FORK_SERVER = ("aimo_pipeline.trace.inside.main",)
MINING = ("aimo_pipeline.mine.apart.child",)
# Keeps the model's server, whichever it is.
KEEPER = ("llm/keeper.py",)
# Of processor time, 10 ms each: more than a session takes to begin.
_AT_WORK_TICKS = 15


@dataclass(frozen=True)
class Seen:
    """A process; with its start it is told from a later one of the same number.

    Attributes:
        started: in clock ticks since the machine's start.
        cpu: ticks of processor time used.
        depth: generations below the run's own process.
        runs: it was on a processor, or ready for one.
    """

    pid: int
    started: int
    cpu: int
    depth: int
    runs: bool
    command: str

    def is_one_of(self, marks: tuple[str, ...]) -> bool:
        """Whether its command line holds one of the marks."""
        return any(mark in self.command for mark in marks)

    @property
    def lives(self) -> bool:
        """Whether it is still there, and no zombie."""
        now = _look(self.pid, self.depth)
        return now is not None and now.started == self.started


def _look(pid: int, depth: int) -> Seen | None:
    """A living process; None for one that is gone, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return None
    if fields[0] == "Z":
        return None
    return Seen(pid, int(fields[19]), int(fields[11]) + int(fields[12]), depth, fields[0] == "R", command)


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def family(pid: int, depth: int = 0) -> list[Seen]:
    """A process and all its living descendants."""
    found = [one] if (one := _look(pid, depth)) else []
    for child in _children(pid):
        found += family(child, depth + 1)
    return found


def lean_worker(pid: int) -> Seen | None:
    """The Lean process that checks: the oldest, since a spare is started after it."""
    return next(iter(lean_processes(pid)), None)


def lean_processes(pid: int) -> list[Seen]:
    """All Lean processes, the oldest first."""
    return sorted((one for one in family(pid) if one.is_one_of(LEAN)), key=lambda one: one.started)


def mining(pid: int) -> Seen | None:
    """The process that mines."""
    found = [one for one in family(pid) if one.is_one_of(MINING)]
    return max(found, key=lambda one: one.started, default=None)


def model_server(pid: int) -> Seen | None:
    """The model's server: the child of the process that keeps it. vLLM's own children come below."""
    kept = model_processes(pid)
    return kept[0] if kept else None


def model_processes(pid: int) -> list[Seen]:
    """The model's server and everything below it."""
    keepers = [one for one in family(pid) if one.is_one_of(KEEPER)]
    keeper = max(keepers, key=lambda one: one.started, default=None)
    return [] if keeper is None else family(keeper.pid)[1:]


def fork_server(pid: int) -> Seen | None:
    """The sandbox's process that forks: the first of its pid namespace, else the one that was started."""
    found = [one for one in family(pid) if one.is_one_of(FORK_SERVER)]
    first = [one for one in found if _is_first_of_a_namespace(one.pid)]
    return min(first or found, key=lambda one: one.depth, default=None)


def _is_first_of_a_namespace(pid: int) -> bool:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        numbers = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
        return len(numbers) > 1 and numbers[-1] == "1"
    return False


def running_program(pid: int) -> Seen | None:
    """The sandbox's child that runs and has used most processor time; spares and snapshots wait, and a
    session that only begins would be begun again without a word."""
    server = fork_server(pid)
    found = family(server.pid)[1:] if server else []
    at_work = [one for one in found if one.runs and one.cpu >= _AT_WORK_TICKS]
    return max(at_work, key=lambda one: one.cpu, default=None)


def send(seen: Seen, number: signal.Signals) -> None:
    """Signal a process; one that is gone is no error."""
    if seen.lives:
        with suppress(ProcessLookupError):
            os.kill(seen.pid, number)


def cap_memory(seen: Seen, room_bytes: int) -> None:
    """Let a running process have only so much more address space than it has: its next allocations fail."""
    pages = int(Path(f"/proc/{seen.pid}/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + room_bytes
    resource.prlimit(seen.pid, resource.RLIMIT_AS, (limit, limit))


def cap_files(pid: int, size_bytes: int | None) -> None:
    """Let a process write no file beyond a size, as on a full disk (EFBIG); None takes the cap away."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size_bytes is None else size_bytes, hard))
