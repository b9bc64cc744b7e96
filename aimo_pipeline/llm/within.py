"""Work that ends at a deadline at the latest, without an exception for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from enum import Enum
from typing import Any, TypeVar

from aimo_pipeline.deadline import Deadline

T = TypeVar("T")


class Late(Enum):
    """Time was up."""

    LATE = "late"


async def within(work: Coroutine[Any, Any, T], deadline: Deadline) -> T | Late:
    """The result of `work`, or LATE; however this ends, `work` has come to its end as well."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=deadline.remaining_s())
        return task.result() if task.done() else Late.LATE
    finally:
        task.cancel()
        await asyncio.wait({task})
