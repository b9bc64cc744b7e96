"""Questions to a server that are no requests: is it healthy, and how much is it used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2  # what the openai library sends with

from aimo_pipeline.llm.gauges import Gauges, read_gauges


class Probe:
    """Asks one server; made by `opened`."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def opened(cls, base_url: str, *, timeout_s: float) -> AsyncIterator[Probe]:
        """A probe for the length of the block.

        Args:
            base_url: of the server, with its /v1.
            timeout_s: longest wait for any of its answers.
        """
        root = base_url.removesuffix("/v1")
        async with httpx2.AsyncClient(base_url=root, timeout=timeout_s, trust_env=False) as client:
            yield cls(client)

    async def healthy(self) -> bool:
        """Whether /health answers with 200 in time; vLLM's answers 503 once its engine is dead."""
        try:
            return (await self._client.get("/health")).status_code == 200
        except httpx2.HTTPError:
            return False

    async def gauges(self) -> Gauges | None:
        """Its figures; None where it does not tell them in time."""
        try:
            told = await self._client.get("/metrics")
            return read_gauges(told.text) if told.status_code == 200 else None
        except (httpx2.HTTPError, ValueError):
            return None
