"""The sandbox of a run, once it has shown that it runs programs; or none, where a run goes on by text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import SandboxUnavailable, UserError
from aimo_pipeline.observe.events import SandboxMissing, SandboxReady
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Ran
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.refusing import RefusingSandbox
from aimo_pipeline.trace.sandbox import Sandbox


@asynccontextmanager
async def open_sandbox(config: Config, *, journal: Journal, clock: Clock) -> AsyncIterator[Sandbox]:
    """The sandbox, for the length of the block.

    Raises:
        UserError: programs cannot be confined here, and the settings do not allow going on without.
    """
    async with AsyncExitStack() as stack:
        began_s, programs = clock.now_s(), JournaledPrograms(journal)
        try:
            opened = Sandbox.opened(config.sandbox, clock=clock, observer=programs)
            sandbox = await stack.enter_async_context(opened)
            await _canary(sandbox, config, clock)
        except SandboxUnavailable as error:
            if not config.sandbox.text_only:
                raise UserError(f"{error}; AIMO_SANDBOX=lenient runs programs with what there is") from error
            journal.write(SandboxMissing(str(error)))
            sandbox = RefusingSandbox(config.sandbox, clock, str(error))
        else:
            journal.write(SandboxReady(sandbox.protections.lines(), round(clock.now_s() - began_s, 2)))
        yield sandbox


async def _canary(sandbox: Sandbox, config: Config, clock: Clock) -> None:
    """A program with a known output must give it."""
    deadline = Deadline.after(config.sandbox.start_s, clock)
    outcome = await sandbox.run("print(6 * 7)", deadline=deadline, limits=config.trace.limits)
    if not isinstance(outcome, Ran) or outcome.stdout != "42\n":
        raise SandboxUnavailable(f"a program that prints 42 ended as {outcome}"[:300])
