"""The Completer of a live server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimo_pipeline.config import ClientConfig, LlmConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.llm.chat import ChatFormat
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.llm.remote import RemoteEngine
from aimo_pipeline.llm.wire import Format
from aimo_pipeline.observe.journal import Journal


@asynccontextmanager
async def open_live(config: LlmConfig, *, journal: Journal, clock: Clock) -> AsyncIterator[Completer]:
    """See open_completer."""
    client = config.client
    assert client.base_url is not None
    engine = RemoteEngine(client.base_url, config=client, clock=clock)
    async with OpenAICompleter.opened(
        engine, format_of(client), config=client, journal=journal, clock=clock
    ) as completer:
        yield completer


def format_of(config: ClientConfig) -> Format:
    """How conversations become requests."""
    return ChatFormat(config)
