"""One attempt's Python tool: a session that begins with its first cell, and whose loss is only an outcome."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType

from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import Crashed, RunOutcome
from aimo_pipeline.tir.cells import CellSandbox, CellSession


class Tool:
    """Use with `async with`; the session ends with the block.

    Args:
        sandbox: gives the session.
        config: bounds on cells.
        owner: on whose behalf.
    """

    def __init__(self, sandbox: CellSandbox, *, config: TirConfig, owner: str) -> None:
        self._sandbox, self._config, self._owner = sandbox, config, owner
        self._opened: AbstractAsyncContextManager[CellSession] | None = None
        self._session: CellSession | None = None

    async def __aenter__(self) -> Tool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def run(self, code: str, *, deadline: Deadline) -> RunOutcome:
        """Run a cell; where the machine gives no session, that is how the cell ended, and the next one tries
        again."""
        try:
            if self._session is None:
                opened = self._sandbox.session(limits=self._config.limits, owner=self._owner)
                self._session = await opened.__aenter__()
                self._opened = opened
            return await self._session.run(code, deadline=deadline.capped(self._config.cell_s))
        except SandboxUnavailable as error:
            await self._close()
            return Crashed("SandboxUnavailable", str(error), None, "")

    async def _close(self) -> None:
        opened, self._opened, self._session = self._opened, None, None
        if opened is not None:
            await opened.__aexit__(None, None, None)
