"""Which Completer a run has: the recordings, a server at an address, or a server of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimo_pipeline.config import LlmConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.llm.replay import load_recordings
from aimo_pipeline.observe.journal import Journal


@asynccontextmanager
async def open_completer(config: LlmConfig, *, journal: Journal, clock: Clock) -> AsyncIterator[Completer]:
    """The completer that the settings name, for the length of the block.

    Args:
        config: its engine comes first, then its base_url, then its recordings.
        journal: is told what happens to the server.
        clock: for measures and pauses.

    Raises:
        UserError: the recordings or the vocabulary cannot be read.
    """
    if config.engine is None and config.client.base_url is None:
        yield load_recordings(config.recordings)
        return
    # Here, because a replay has no need of the openai library, which takes a second to import.
    from aimo_pipeline.llm.live import open_live

    async with open_live(config, journal=journal, clock=clock) as completer:
        yield completer
