"""The Completer of a live server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimo_pipeline.config import ClientConfig, LlmConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.llm.chat import ChatFormat
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.llm.endpoint import Engine
from aimo_pipeline.llm.remote import RemoteEngine
from aimo_pipeline.llm.server import Supervisor
from aimo_pipeline.llm.wire import Format
from aimo_pipeline.observe.journal import Journal


@asynccontextmanager
async def open_live(config: LlmConfig, *, journal: Journal, clock: Clock) -> AsyncIterator[Completer]:
    """See open_completer."""
    client, form = config.client, format_of(config.client)
    async with (
        _engine(config, form, journal=journal, clock=clock) as engine,
        OpenAICompleter.opened(engine, form, config=client, journal=journal, clock=clock) as completer,
    ):
        yield completer


@asynccontextmanager
async def _engine(
    config: LlmConfig, form: Format, *, journal: Journal, clock: Clock
) -> AsyncIterator[Engine]:
    if config.engine is None:
        assert config.client.base_url is not None
        yield RemoteEngine(config.client.base_url, config=config.client, clock=clock)
        return
    async with Supervisor.opened(config, form, journal=journal, clock=clock) as supervisor:
        yield supervisor


def format_of(config: ClientConfig) -> Format:
    """How conversations become requests.

    Raises:
        UserError: gpt-oss's vocabulary cannot be read.
    """
    if config.format == "chat":
        return ChatFormat(config)
    # Here, because only gpt-oss needs its library and its vocabulary of 200,000 tokens (half a second).
    from aimo_pipeline.llm.harmony import HarmonyFormat, load_encoding

    return HarmonyFormat(config, load_encoding(config.vocabulary))
