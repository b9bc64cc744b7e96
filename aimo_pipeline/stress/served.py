"""The model's server as the harness holds it: killed, stopped, and started again on the same port."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.process import Child, started
from aimo_pipeline.stress.model import Mood, set_mood

_ROOT = Path(__file__).parent.parent.parent
_NO_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=1 << 16, open_files=0, file_bytes=0)
_START_S = 30.0


class ModelProcess:
    """A scripted server in a process of its own; made by `opened` only.

    Attributes:
        port: the same for all its lives.
    """

    def __init__(self, problems: Path, recordings: Path, mood: Path, stack: AsyncExitStack) -> None:
        self.port = 0
        self._order = {"problems": str(problems), "recordings": str(recordings), "mood": str(mood)}
        self._mood, self._stack = mood, stack
        self._child: Child | None = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, problems: Path, recordings: Path, folder: Path) -> AsyncIterator[ModelProcess]:
        """Serve the script for the length of the block."""
        async with AsyncExitStack() as stack:
            model = cls(problems, recordings, folder / "mood", stack)
            model.be(Mood.GOOD)
            await model.start()
            yield model

    @property
    def base_url(self) -> str:
        """As clients take it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def be(self, mood: Mood) -> None:
        """How it answers from now on."""
        set_mood(self._mood, mood)

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        assert self._child is not None
        self._child.signal_group(number)

    async def start(self) -> None:
        """A new life, on the port of the one before.

        Raises:
            EngineUnavailable: it does not start.
        """
        order = json.dumps(self._order | {"port": self.port})
        argv = [sys.executable, "-m", "aimo_pipeline.stress.model", order]
        env = os.environ | {"PYTHONPATH": str(_ROOT)}
        opened = started(argv, stdin=b"", limits=_NO_LIMITS, env=env, cwd=None, grace_s=0.0)
        child = await self._stack.enter_async_context(opened)
        if not await child.until(lambda: b"\n" in child.stdout.data, timeout_s=_START_S):
            raise EngineUnavailable(f"the scripted server did not start: {bytes(child.stderr.data)[-200:]!r}")
        self._child, self.port = child, int(child.stdout.data.split(b"\n")[0])
