"""The sandbox beside Jupyter kernels and plain subprocesses: speed, leaks, threats, real failing snippets.

Run from the repository's root:
    python -m tests.bench.sandbox [--repeat 30]      latencies and throughput, side by side, interleaved
    python -m tests.bench.sandbox --leaks [--runs 100000]
    python -m tests.bench.sandbox --threats          every attack in every mode
    python -m tests.bench.sandbox --tool-errors      the snippets in ../shared/data/tool_errors.jsonl
Add --json FILE for the figures as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from aimo_pipeline.config import SandboxConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.trace.sandbox import Sandbox
from tests.bench import sandbox_failures, sandbox_leaks, sandbox_speed, sandbox_threats

Bench = Callable[[Sandbox, argparse.Namespace, Console], Awaitable[dict[str, Any]]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=30, help="measurements of each latency")
    parser.add_argument("--leaks", action="store_true")
    parser.add_argument("--runs", type=int, default=100_000, help="programs of the leak check")
    parser.add_argument("--threats", action="store_true")
    parser.add_argument("--tool-errors", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


async def _in_sandbox(bench: Bench, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    async with Sandbox.opened(SandboxConfig(), clock=MonotonicClock()) as sandbox:
        console.print(f"{len(os.sched_getaffinity(0))} cores; {sandbox.protections}")
        return await bench(sandbox, arguments, console)


def main() -> None:
    """Entry point."""
    arguments, console = _arguments(), Console()
    if arguments.threats:
        figures = sandbox_threats.bench(console)
    else:
        chosen = sandbox_speed.bench
        if arguments.leaks:
            chosen = sandbox_leaks.bench
        if arguments.tool_errors:
            chosen = sandbox_failures.bench
        figures = asyncio.run(_in_sandbox(chosen, arguments, console))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
