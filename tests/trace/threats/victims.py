"""Processes that attacks aim at: they hold secrets, count the signals that reach them, can be looked at."""

from __future__ import annotations

import ctypes
import os
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

COUNTED = (signal.SIGURG, signal.SIGIO, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
SECRET_VARIABLE = "AIMO_TEST_SECRET"
SECRET_CHARS = len("canary-") + 32
_WALKS = 5

_DECOY = """
import ctypes, signal, sys, time
buffer = ctypes.create_string_buffer(sys.stdin.buffer.readline().strip())
for number in map(int, sys.argv[1:]):
    signal.signal(number, lambda number, _: print("signal", number, flush=True))
print(ctypes.addressof(buffer), flush=True)
while True:
    time.sleep(60)
"""


def new_secret() -> str:
    """A word that stands nowhere else."""
    return f"canary-{secrets.token_hex(16)}"


@dataclass
class SignalCounter:
    """Counts the signals that reach this process."""

    seen: int = 0

    def install(self) -> None:
        """Count from now on."""
        for number in COUNTED:
            signal.signal(number, self._count)

    def _count(self, *_: object) -> None:
        self.seen += 1


@dataclass
class Decoy:
    """A process of the same user, neither parent nor child of the sandbox."""

    memory_secret: str = field(default_factory=new_secret)
    environ_secret: str = field(default_factory=new_secret)

    def start(self) -> None:
        """Start it, or start it anew."""
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _DECOY, *(str(int(number)) for number in COUNTED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={SECRET_VARIABLE: self.environ_secret},
            start_new_session=True,
        )
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._popen.stdin.write(self.memory_secret.encode() + b"\n")
        self._popen.stdin.flush()
        self.address = int(self._popen.stdout.readline())
        self.pid = self._popen.pid
        os.set_blocking(self._popen.stdout.fileno(), False)

    def stop(self) -> None:
        """End and reap it."""
        self._popen.kill()
        self._popen.communicate()

    def signalled(self) -> bool:
        """True when a counted signal has reached it since the last look."""
        assert self._popen.stdout is not None
        return bool(self._popen.stdout.read())

    def alive(self) -> bool:
        """True while it runs."""
        return self._popen.poll() is None

    def memory(self) -> bytes:
        """What its buffer holds now."""
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as stream:
            stream.seek(self.address)
            return stream.read(len(self.memory_secret))


class Planted:
    """Secrets of this process that are there before the sandbox starts, and must not come through to it.

    Attributes:
        memory_secret: in a buffer at `address`.
        environ_secret: in the environment.
        descriptor_secret: in a file of root's that is open and inheritable.
    """

    def __init__(self) -> None:
        self.memory_secret, self.descriptor_secret = new_secret(), new_secret()
        self.environ_secret = os.environ.setdefault(SECRET_VARIABLE, new_secret())
        self._buffer = ctypes.create_string_buffer(self.memory_secret.encode())
        self.address = ctypes.addressof(self._buffer)
        self._file = tempfile.TemporaryFile()
        self.restore()
        os.set_inheritable(self._file.fileno(), True)
        self.signals = SignalCounter()
        self.signals.install()

    def restore(self) -> None:
        """Write the secrets anew, after an attack has reached them."""
        self._buffer.value = self.memory_secret.encode()
        os.ftruncate(self._file.fileno(), 0)
        os.pwrite(self._file.fileno(), self.descriptor_secret.encode(), 0)

    def intact(self) -> bool:
        """True while nobody has written to the buffer or the file."""
        in_file = os.pread(self._file.fileno(), 99, 0)
        return (
            self._buffer.value == self.memory_secret.encode() and in_file == self.descriptor_secret.encode()
        )


def settings(pid: int) -> tuple[object, ...]:
    """Limits, priority, cores, standing with the out-of-memory killer; empty without such a process."""
    with suppress(OSError):
        folder = Path(f"/proc/{pid}")
        stat = (folder / "stat").read_text().rpartition(")")[2].split()
        status = (folder / "status").read_text()
        return (
            (folder / "limits").read_text(),
            (folder / "oom_score_adj").read_text(),
            stat[16:17],  # nice
            stat[38:39],  # scheduling policy
            [line for line in status.splitlines() if line.startswith(("Cpus_allowed:", "Uid:"))],
        )
    return ()


def descendants(pid: int) -> set[int]:
    """Processes below `pid`, zombies not counted.

    A walk can miss one that changes parents while it goes on (an orphan is adopted by a process that the walk
    has passed), so it is repeated until two agree; a fork bomb never lets them, hence the bound.
    """
    found = _walked(pid)
    for _ in range(_WALKS - 1):
        before, found = found, _walked(pid)
        if found == before:
            break
    return found


def _walked(pid: int) -> set[int]:
    found: set[int] = set()
    todo = [pid]
    while todo:
        children = _children(todo.pop()) - found
        found |= children
        todo += children
    return {one for one in found if not _ended(one)}


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    with suppress(OSError):  # it ended while we looked
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.update(map(int, (task / "children").read_text().split()))
    return found


def _ended(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def adopt_orphans() -> None:
    """Have every orphaned descendant become a child of this process, so that none can hide."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descriptors(pid: int) -> int:
    """How many descriptors a process holds; -1 when it cannot be looked at."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return -1


def lower_own_file_limit() -> None:
    """A soft limit of our own, so that a change by somebody else is seen."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(900, hard), hard))
