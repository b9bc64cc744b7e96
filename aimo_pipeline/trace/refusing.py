"""Stands in for the sandbox on a machine where programs cannot be confined: refuses each with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.outcome import Crashed, RunOutcome
from aimo_pipeline.trace.cut import Cut
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.report import Report
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session

KIND = "NoSandbox"


class RefusingSandbox(Sandbox):
    """Runs nothing; a model that asks for a program is told to do without.

    Args:
        config, clock: as for Sandbox.
        reason: why nothing runs.
    """

    def __init__(self, config: SandboxConfig, clock: Clock, reason: str) -> None:
        super().__init__(config, clock, None)
        self._reason = reason

    async def report(
        self, request: Frame, deadline: Deadline, limits: LimitsConfig, owner: str, cut: Cut
    ) -> Report:
        """The report of a job that never began."""
        return Report((), "", "never_began", None, 0.0)

    def session(self, *, limits: LimitsConfig, owner: str = "") -> AbstractAsyncContextManager[Session]:
        """A session whose every cell is refused."""
        return self._refused()

    @asynccontextmanager
    async def _refused(self) -> AsyncIterator[Session]:
        # It has the one method of a session that others call.
        yield cast(Session, _RefusedSession(self._reason))


class _RefusedSession:
    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        return Crashed(KIND, f"no code can be run here ({self._reason}); reason without it", None, "")
