"""A completer that asks the fake server, with a model behind it that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.llm.chat import ChatFormat
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.remote import RemoteEngine
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.verify.ready import Lean
from tests.llm.fake_openai import FakeOpenAI
from tests.llm.scripted_model import ScriptedModel

QUICK = ClientConfig(retry_s=0.01, retry_most_s=0.02, connect_s=2.0, idle_s=5.0, tries=3)


def no_lean() -> Lean:
    """A machine without Lean, for a solver; made in a running loop."""
    return Lean(asyncio.create_task(asyncio.sleep(0, None)))


@asynccontextmanager
async def served(model: ScriptedModel, journal: Journal) -> AsyncIterator[OpenAICompleter]:
    """The completer, over a real connection on loopback."""
    clock = MonotonicClock()
    async with FakeOpenAI(behave=model) as server:
        engine = RemoteEngine(server.base_url, config=QUICK, clock=clock)
        async with OpenAICompleter.opened(
            engine, ChatFormat(QUICK), config=QUICK, journal=journal, clock=clock
        ) as completer:
            yield completer
