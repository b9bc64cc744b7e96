"""One attempt's tool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aimo_pipeline.config import LimitsConfig, TirConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import Crashed, Ran, RunOutcome
from aimo_pipeline.tir.tool import Tool


@dataclass
class Flaky:
    """A sandbox whose first sessions fail: `refused` on opening, `lost` at their first cell."""

    refused: int = 0
    lost: int = 0
    opened: int = 0
    closed: int = 0

    @asynccontextmanager
    async def session(self, *, limits: LimitsConfig, owner: str = "") -> AsyncIterator[Flaky]:
        """See CellSandbox."""
        self.opened += 1
        if self.opened <= self.refused:
            raise SandboxUnavailable("no children")
        try:
            yield self
        finally:
            self.closed += 1

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """See CellSession."""
        if self.opened <= self.refused + self.lost:
            raise SandboxUnavailable("gone")
        return Ran(cell)


def ran(sandbox: Flaky, *cells: str) -> list[RunOutcome]:
    """The outcomes of cells."""

    async def go() -> list[RunOutcome]:
        async with Tool(sandbox, config=TirConfig(), owner="p") as tool:
            return [await tool.run(cell, deadline=Deadline.after(5.0, FakeClock())) for cell in cells]

    return asyncio.run(go())


class TestTool:
    """A session is opened when it is needed, and its loss costs a cell."""

    def test_an_attempt_without_programs_needs_no_session(self) -> None:
        sandbox = Flaky()
        assert ran(sandbox) == []
        assert sandbox.opened == 0

    def test_all_cells_share_one_session_which_ends_with_the_attempt(self) -> None:
        sandbox = Flaky()
        assert ran(sandbox, "1", "2") == [Ran("1"), Ran("2")]
        assert (sandbox.opened, sandbox.closed) == (1, 1)

    def test_a_refused_session_is_an_outcome_and_is_tried_again(self) -> None:
        sandbox = Flaky(refused=1)
        assert ran(sandbox, "1", "2") == [Crashed("SandboxUnavailable", "no children", None, ""), Ran("2")]

    def test_a_lost_session_is_closed_and_the_next_cell_has_another(self) -> None:
        sandbox = Flaky(lost=1)
        assert ran(sandbox, "1", "2") == [Crashed("SandboxUnavailable", "gone", None, ""), Ran("2")]
        assert (sandbox.opened, sandbox.closed) == (2, 2)
