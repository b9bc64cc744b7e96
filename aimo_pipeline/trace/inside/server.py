"""The fork server's loop: forks a child for each job, kills on request, reaps all, never runs a program.

Requests, one message each on a SOCK_SEQPACKET socket:
    {"start": job, "kind", "limits"} with two descriptors, the job's channel and its output
    {"kill": job}    every process of the job
    {"cell": job}    its next fork is the snapshot for a cell; see gate.py
    {"undo": job}    the process that runs a session's cell; every process if it is not alone
Answers:
    {"job", "pid"} when started, {"job", "failed": reason} when it could not be,
    {"job", "status", "cpu_s", "resident_bytes"} when no process of it is left.

A job is a process group. The filter of system calls denies setsid and setpgid, so the group holds every
process of the job, and a signal to the group reaches all of them at once, however fast they fork.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import gc
import os
import select
import signal
import socket
from dataclasses import dataclass
from typing import Any

from aimo_pipeline.trace.inside import cells, frames, jobs, kernel
from aimo_pipeline.trace.inside.gate import Gate
from aimo_pipeline.trace.inside.groups import children_of, group_of, lives
from aimo_pipeline.trace.inside.kernel import Step
from aimo_pipeline.trace.inside.layers import Descent, Descents, Layers, Limits

_MESSAGE_BYTES = 1 << 16
_REQUEST_FDS = 2
_SLOTS = 256
# Not through the JSON encoder, whose memory would be copied after each fork.
_STARTED = '{"job": %d, "pid": %d}'
_FAILED = '{"job": %d, "failed": "no further process can be started"}'
_ENDED = '{"job": %d, "status": %d, "cpu_s": %.6f, "resident_bytes": %d}'


@dataclass
class _Job:
    """A process group.

    Attributes:
        leader: first process; None once it is reaped.
        end: status, processor time in s and most memory in bytes of the process that ended last.
        gate: where a session's forks are asked for.
        forks: how many of them are allowed.
    """

    number: int
    kind: str
    slot: int
    group: int
    leader: int | None
    end: tuple[int, float, int]
    gate: Gate | None
    forks: int = 0


class Server:
    """Forks, kills and reaps."""

    def __init__(self, control: socket.socket, known: Layers) -> None:
        self._control, self._layers = control, known
        self._pid = os.getpid()
        self._program = cells.Program("__main__")  # empty; each child has its own copy
        self._jobs: dict[int, _Job] = {}
        self._waiting = select.poll()
        self._closed = False
        self._free = list(range(_SLOTS))
        self._descents = Descents(known)
        # Without the filter, a program can leave its group; then every stranger among our children is one.
        self._sealed = bool(known.filters)

    def serve(self) -> None:
        """Work until the controller closes the socket; returns in the server only."""
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        self._waiting.register(self._control, select.POLLIN)
        self._waiting.register(woken, select.POLLIN)
        while True:
            ready = {fd for fd, _ in self._waiting.poll()}
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, _MESSAGE_BYTES)
                self._reap()
            # A cell is announced before its session can ask for the fork: so first all requests, then gates.
            while self._control.fileno() in ready and self._request():
                pass
            if self._closed:
                break
            for job in [one for one in self._jobs.values() if one.gate is not None and one.gate.fd in ready]:
                self._at_gate(job)
        for job in self._jobs.values():
            self._kill(job)

    def _at_gate(self, job: _Job) -> None:
        """A session's gate is handed in, or asks about a fork."""
        gate = job.gate
        assert gate is not None
        self._waiting.unregister(gate.fd)
        asked = gate.is_open
        if gate.answer(job.forks > 0) if asked else gate.open():
            job.forks -= asked
            self._waiting.register(gate.fd, select.POLLIN)

    def _request(self) -> bool:
        """Do what the next message asks for; False when there is none."""
        try:
            message, fds = frames.received(self._control, _REQUEST_FDS)
        except BlockingIOError:
            return False
        if not message:
            self._closed = True
            return False
        request = frames.parsed(message)
        if "start" in request:
            self._start(request, *fds)
            return True
        [(what, number)] = request.items()
        for job in [one for one in self._jobs.values() if one.number == number]:
            if what == "cell":
                job.forks = 1
            elif what == "kill" or not self._undo(job):
                self._kill(job)
        return True

    def _start(self, request: dict[str, Any], channel: int, output: int) -> None:
        gate, way = self._gate(request["kind"])
        limits, descent = self._descents.of(request["kind"], request["limits"])
        slot = self._free.pop(0) if self._free else None
        child = None
        if slot is not None:
            steps = descent.steps(channel=channel, output=output, slot=slot)
            with contextlib.suppress(OSError):
                child = kernel.fork()
            if child == 0:
                self._become(descent, steps, limits, way)
        for fd in (channel, output, *([way] if way is not None else [])):
            os.close(fd)
        if slot is None or child is None:
            self._free += [slot] if slot is not None else []
            self._close(gate)
            self._answer(_FAILED % request["start"])
            return
        self._jobs[child] = _Job(request["start"], request["kind"], slot, child, child, (0, 0.0, 0), gate)
        self._answer(_STARTED % (request["start"], child))

    def _gate(self, kind: str) -> tuple[Gate | None, int | None]:
        """A session's gate, and the child's end of the way to it."""
        if kind != "session" or self._layers.gate is None:
            return None, None
        ours, theirs = socket.socketpair()
        self._waiting.register(ours, select.POLLIN)
        return Gate(ours), theirs.detach()

    def _close(self, gate: Gate | None) -> None:
        if gate is not None and gate.fd >= 0:
            with contextlib.suppress(KeyError):
                self._waiting.unregister(gate.fd)
            gate.close()

    def _become(self, descent: Descent, steps: list[Step], limits: Limits, way: int | None) -> None:
        """The child's whole life; never returns."""
        try:
            signal.set_wakeup_fd(-1)
            _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)  # without enumerations, which would be copied
            descent.go(steps, parent=self._pid, server=way)
            gc.enable()
            jobs.serve(self._program, limits.int_digits, self._pid)
        except OSError as error:
            os.write(2, str(error).encode())
        finally:
            os._exit(1)

    def _answer(self, answer: str) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.send(answer.encode())

    def _kill(self, job: _Job) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.group, signal.SIGKILL)
        if job.leader is not None:  # it may not have come to its own group yet
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.leader, signal.SIGKILL)

    def _undo(self, job: _Job) -> bool:
        """Kill the fork that runs the cell; False when there is more than it and its snapshot."""
        tops = [pid for pid in children_of(os.getpid()) if group_of(pid) == job.group]
        forks = [pid for top in tops for pid in children_of(top)]
        if len(tops) != 1 or len(forks) != 1 or children_of(forks[0]):
            return False
        os.kill(forks[0], signal.SIGKILL)
        return True

    def _reap(self) -> None:
        """Reap whatever ended: children, and orphans that came to us."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            group = group_of(ended.si_pid)
            _, status, used = os.wait4(ended.si_pid, 0)
            job = self._jobs.get(ended.si_pid) or self._jobs.get(group)
            if job is not None:
                cpu_s = used.ru_utime + used.ru_stime
                job.end = (os.waitstatus_to_exitcode(status), cpu_s, used.ru_maxrss * 1024)
                self._after(job, ended.si_pid)
            elif not self._sealed:
                self._clear_strangers()

    def _after(self, job: _Job, pid: int) -> None:
        """A process of the job is gone; a stateless program ends with its first one."""
        if pid == job.leader:
            job.leader = None
        if job.kind != "session":
            self._kill(job)
        if not self._sealed:
            self._clear_strangers()
        if job.leader is None and not lives(job.group):
            del self._jobs[job.group]
            self._free.append(job.slot)
            self._close(job.gate)
            self._answer(_ENDED % (job.number, *job.end))

    def _clear_strangers(self) -> None:
        known = set(self._jobs)
        for pid in children_of(os.getpid()):
            if group_of(pid) not in known and pid not in known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
