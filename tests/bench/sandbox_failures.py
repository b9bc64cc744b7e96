"""What the sandbox says to each recorded failing snippet; tests/trace/test_tool_errors.py asserts it."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from aimo_pipeline.outcome import Crashed, RunOutcome
from aimo_pipeline.trace.sandbox import Sandbox
from tests.trace.tool_errors import PATH, Snippet, complaints, outcome_of, same_failure, snippets

_WALL_S, _WORKERS = 2.0, 2


async def _outcomes(sandbox: Sandbox) -> tuple[dict[Snippet, RunOutcome], list[float]]:
    waiting = iter(snippets())
    found: dict[Snippet, RunOutcome] = {}
    seconds: list[float] = []

    async def work() -> None:
        for snippet in waiting:
            start_s = time.perf_counter()
            found[snippet] = await outcome_of(sandbox, snippet, wall_s=_WALL_S)
            seconds.append(time.perf_counter() - start_s)

    await asyncio.gather(*(work() for _ in range(_WORKERS)))
    return found, seconds


def _kind(outcome: RunOutcome) -> str:
    return outcome.kind if isinstance(outcome, Crashed) else type(outcome).__name__


def _show(console: Console, outcomes: dict[Snippet, RunOutcome]) -> None:
    pairs = Counter(
        (snippet.error_class or "time-out", _kind(outcome)) for snippet, outcome in outcomes.items()
    )
    table = Table("recorded", "here", "snippets", title=f"{len(outcomes)} snippets, {_WALL_S} s each cell")
    for (recorded, here), count in sorted(pairs.items()):
        table.add_row(recorded, here, str(count))
    console.print(table)


async def bench(sandbox: Sandbox, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Run all, print a summary and every complaint, return the figures."""
    if not PATH.is_file():
        console.print(f"{PATH} is not here")
        return {}
    outcomes, seconds = await _outcomes(sandbox)
    _show(console, outcomes)
    whole = [snippet for snippet in outcomes if snippet.whole]
    same = sum(same_failure(snippet, outcomes[snippet]) for snippet in whole)
    console.print(
        f"{same} of {len(whole)} whole cells fail as recorded; median {statistics.median(seconds):.2f} s"
    )
    wrong = {
        snippet.id: said for snippet, outcome in outcomes.items() if (said := complaints(snippet, outcome))
    }
    for name, said in wrong.items():
        console.print(f"{name}: {'; '.join(said)}")
    console.print(f"{len(wrong)} answers would not help")
    return {"same": same, "whole": len(whole), "complaints": wrong, "seconds": seconds}
