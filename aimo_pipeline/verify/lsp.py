"""One `lean --worker`, driven over LSP: a process, a header that stays loaded, one document at a time.

The worker is what Lean's own language server starts for each open file. It reads `initialize` and
`textDocument/didOpen`, then `textDocument/didChange` for every further version; the environment after the
header is kept, and only what comes after the first changed command is elaborated again. It answers
`textDocument/waitForDiagnostics` once all that it has to say of a version was sent (Lean sources:
src/Lean/Server/FileWorker.lean, src/Lean/Data/Lsp/Extra.lean).

Two settings matter. `server.reportDelayMs=0`, because the default waits 200 ms before it reports anything.
And a URI that is no file's, because for a file the worker asks Lake how to build its imports.

Not covered: a header that changes. The worker exits then, so that each header needs a worker of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from aimo_pipeline.config import LeanPoolConfig, LimitsConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.process import Child, started
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.lsp_messages import Frames, ProtocolError, Transcript, frame
from aimo_pipeline.verify.memory import resident_bytes
from aimo_pipeline.verify.pulse import Pulse
from aimo_pipeline.verify.workers import was_killed

WORKER_OPTIONS = ("--worker", "-Dserver.reportDelayMs=0")
_URI = "untitled:Document.lean"
# No limit on address space, because Lean maps its libraries; what is resident is looked at instead.
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=0, open_files=0, file_bytes=1 << 20)
_STDERR_CHARS = 300


@dataclass(frozen=True)
class LeanCommand:
    """How a worker is started.

    Attributes:
        argv: the `lean` executable and its options, WORKER_OPTIONS and the URI left out.
        env: the whole environment, LEAN_PATH among it.
        toolchain: anything that tells this Lean and its libraries from others.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    toolchain: str


@dataclass(frozen=True)
class Checked:
    """Lean read the document to its end; `messages` is all that it said of it, lines counted from 1."""

    messages: tuple[Message, ...]


@dataclass(frozen=True)
class OutOfTime:
    """The deadline came first; `reason` says what was waited for."""

    reason: str


@dataclass(frozen=True)
class OverLimit:
    """The worker passed its limit on `limit`, "output" or "memory"."""

    limit: str


@dataclass(frozen=True)
class WorkerLost:
    """The worker ended, or wrote what is no LSP, while it checked; `killed` from outside, or by itself."""

    reason: str
    killed: bool = False


@dataclass(frozen=True)
class Superseded:
    """A later check of the same worker took the document over."""


@dataclass(frozen=True)
class NotStarted:
    """No worker came up; `killed` while it was loading, or for a cause of its own."""

    reason: str
    killed: bool = False


CheckOutcome = Checked | OutOfTime | OverLimit | WorkerLost | Superseded | NotStarted


class LeanWorker:
    """A running worker with its header loaded; made by `start`."""

    def __init__(self, child: Child, header: str, config: LeanPoolConfig, stack: AsyncExitStack) -> None:
        self._child, self._header, self._config, self._stack = child, header, config, stack
        self._frames, self._transcript = Frames(), Transcript()
        self._turn = asyncio.Lock()
        self._received_bytes = 0
        self._broken = ""
        self._header_messages: tuple[Message, ...] = ()

    @classmethod
    async def start(
        cls, command: LeanCommand, header: str, *, deadline: Deadline, config: LeanPoolConfig
    ) -> LeanWorker | NotStarted:
        """Start a process in a scratch folder of its own, without network, and load the header."""
        async with AsyncExitStack() as stack:
            found = await cls._start(command, header, deadline, config, stack)
            if isinstance(found, LeanWorker):
                found._stack = stack.pop_all()
        return found

    @classmethod
    async def _start(
        cls,
        command: LeanCommand,
        header: str,
        deadline: Deadline,
        config: LeanPoolConfig,
        stack: AsyncExitStack,
    ) -> LeanWorker | NotStarted:
        argv = [*command.argv, *WORKER_OPTIONS, _URI]
        limits = replace(_LIMITS, output_bytes=config.output_bytes)
        try:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aimo-lean-")))
            block = started(
                argv, stdin=None, limits=limits, env=command.env, cwd=scratch, grace_s=0.0, offline=True
            )
            child = await stack.enter_async_context(block)
        except OSError as error:
            return NotStarted(f"Lean could not be started: {error}")
        worker = cls(child, header, config, stack)
        outcome = await worker._open(deadline)
        if isinstance(outcome, Checked):
            return worker
        killed = isinstance(outcome, WorkerLost) and outcome.killed
        return NotStarted(f"Lean did not load: {outcome}", killed)

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """False once the process has ended."""
        return not self._child.exited.done() and not self._broken

    async def _open(self, deadline: Deadline) -> CheckOutcome:
        capabilities = {"lean": {"incrementalDiagnosticSupport": True}}
        hello = {"processId": None, "rootUri": None, "capabilities": capabilities}
        version = self._transcript.begin()
        document = {"uri": _URI, "languageId": "lean4", "version": version, "text": self._header}
        data = frame("initialize", hello, request=0)
        data += frame("textDocument/didOpen", {"textDocument": document, "dependencyBuildMode": "never"})
        outcome = await self._ask(data, version, deadline)
        if isinstance(outcome, Checked) and any(m.severity == "error" for m in outcome.messages):
            self._header_messages = outcome.messages
        return outcome

    async def check(self, body: str, *, deadline: Deadline) -> CheckOutcome:
        """Check the header followed by `body`, which must not go on with the header.

        A check that is still running is given up: Lean cancels it, and it ends as Superseded.

        Returns:
            Checked, with the header's own messages alone when the header does not load. After any other
            outcome but Superseded, and after being cancelled, the worker is good for nothing but `aclose`.
        """
        if self._header_messages:
            return Checked(self._header_messages)
        version = self._transcript.begin()
        change = {
            "textDocument": {"uri": _URI, "version": version},
            "contentChanges": [{"text": self._header + body}],
        }
        return await self._ask(frame("textDocument/didChange", change), version, deadline)

    async def _ask(self, data: bytes, version: int, deadline: Deadline) -> CheckOutcome:
        data += frame("textDocument/waitForDiagnostics", {"uri": _URI, "version": version}, request=version)
        async with self._turn:  # two documents must not mix in the pipe
            self._received_bytes = 0
            if not await self._child.feed(data, timeout_s=deadline.remaining_s()):
                return await self._unfed(deadline)
        pulse, config = Pulse(), self._config
        while (outcome := self._outcome(version, deadline)) is None:
            if pulse.still >= config.still_looks:
                return WorkerLost(f"it came to a halt for {pulse.still * config.look_s:.0f} s", killed=True)
            look_s = min(deadline.remaining_s(), config.look_s)
            await self._child.until(lambda: self._settled(version), timeout_s=look_s)
            pulse.look(self.pid)
        return outcome

    async def _unfed(self, deadline: Deadline) -> CheckOutcome:
        """Why not all could be written; the pipe of a killed process closes before its end is told."""
        await self._child.until(lambda: False, timeout_s=deadline.remaining_s())
        return self._ended() or OutOfTime("Lean did not read the document in time")

    def _settled(self, version: int) -> bool:
        """Read what came in; tells whether this version need not be waited for any longer."""
        came = self._child.stdout.take()
        self._received_bytes += len(came)
        try:
            for body in self._frames.feed(came):
                self._transcript.read(body)
        except ProtocolError as error:
            self._broken = str(error)
        over = self._received_bytes >= self._config.output_bytes
        superseded = self._transcript.version != version
        return bool(self._broken) or over or superseded or self._transcript.answered >= version

    def _outcome(self, version: int, deadline: Deadline) -> CheckOutcome | None:
        self._settled(version)
        if self._transcript.version != version:
            return Superseded()
        if self._received_bytes >= self._config.output_bytes:
            return OverLimit("output")
        if not self._broken and self._transcript.answered >= version:
            return Checked(self._transcript.messages)
        if resident_bytes(self.pid) > self._config.limit_bytes:
            return OverLimit("memory")
        return self._ended() or (OutOfTime("Lean ran out of time") if deadline.passed else None)

    def _ended(self) -> WorkerLost | None:
        if self._broken:
            return WorkerLost(self._broken)
        if not self._child.exited.done():
            return None
        said = bytes(self._child.stderr.data).decode("utf-8", "replace").strip()
        status = self._child.exited.result()
        return WorkerLost(f"exit status {status}: {said[-_STDERR_CHARS:]}", was_killed(status))

    async def aclose(self) -> None:
        """Kill and reap the process group and remove the scratch folder; safe to call twice."""
        await self._stack.aclose()
