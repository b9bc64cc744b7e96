"""Hundreds of programs leave nothing; `python -m tests.bench.sandbox --leaks` runs a hundred thousand."""

from __future__ import annotations

import random

from aimo_pipeline.trace.sandbox import Sandbox
from tests.bench.sandbox_leaks import State, many, state_of
from tests.sandboxed import Shared

_WARM_UP, _RUNS = 100, 300
_SLACK_KB = 1024


class TestLeaks:
    """Programs that end well, fail, flood, hang or are cancelled: what they used is free again."""

    def test_descriptors_processes_tasks_and_memory_are_what_they_were(self, shared_sandbox: Shared) -> None:
        async def before_and_after(sandbox: Sandbox) -> tuple[State, State]:
            rng = random.Random(4)
            await many(sandbox, _WARM_UP, rng)
            before = state_of(sandbox)
            await many(sandbox, _RUNS, rng)
            return before, state_of(sandbox)

        before, after = shared_sandbox.do(before_and_after)
        assert after.controller_fds == before.controller_fds
        assert after.server_fds == before.server_fds
        assert after.processes == before.processes
        assert after.tasks == before.tasks
        assert after.server_kb <= before.server_kb + _SLACK_KB
