"""What the sandbox is measured against: Jupyter kernels, as in AIMO notebooks, and plain subprocesses."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

IMPORTS = "import numpy, sympy, mpmath"
SYMPY_JOB = """
from sympy import symbols, factor, solve, Matrix
x, y = symbols("x y")
print(factor(x**6 - 1), solve([x + y - 3, x - y - 1], [x, y]), Matrix([[1, 2], [3, 4]]).inv())
"""
_READY_S = 60.0


class Kernel:
    """A running Jupyter kernel; made by `kernel` only."""

    def __init__(self, manager: AsyncKernelManager, client: AsyncKernelClient) -> None:
        self._manager, self._client = manager, client

    async def run(self, code: str) -> None:
        """Run a cell to its end."""
        await self._client.execute_interactive(code, store_history=False, output_hook=lambda _: None)

    async def interrupted(self, code: str, *, after_s: float) -> float:
        """Run an endless cell, interrupt it; seconds from the interrupt until the kernel is idle again."""
        running = asyncio.ensure_future(self.run(code))
        await asyncio.sleep(after_s)
        start_s = time.perf_counter()
        await self._manager.interrupt_kernel()
        await running
        return time.perf_counter() - start_s


@asynccontextmanager
async def kernel(first: str = "") -> AsyncIterator[Kernel]:
    """Start a kernel, wait until it answers, run a first cell."""
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel(stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=_READY_S)
        running = Kernel(manager, client)
        if first:
            await running.run(first)
        yield running
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def kernel_start_s(first: str = "") -> float:
    """Seconds until a fresh kernel has answered and run its first cell."""
    start_s = time.perf_counter()
    async with kernel(first):
        return time.perf_counter() - start_s


async def process_s(code: str) -> float:
    """Seconds of a fresh, unprotected Python that runs the code."""
    start_s = time.perf_counter()
    child = await _started(code)
    await child.communicate()
    return time.perf_counter() - start_s


async def process_kill_s(code: str, *, after_s: float) -> float:
    """Seconds from the kill of such a Python until it is reaped."""
    child = await _started(code)
    await asyncio.sleep(after_s)
    start_s = time.perf_counter()
    child.kill()
    await child.communicate()
    return time.perf_counter() - start_s


async def _started(code: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    environment = {"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-c", code, stdout=pipe, stderr=pipe, env=environment
    )
