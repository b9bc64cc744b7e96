"""What this machine has, and what it must prepare once."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys

import typer

from aimo_pipeline.cli.app import app, one_line_errors
from aimo_pipeline.config import Config, LeanPoolConfig, config_from_environ
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import EngineUnavailable, SandboxUnavailable, UserError
from aimo_pipeline.gateway import server
from aimo_pipeline.llm.inventory import inventory
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify import wasm_home
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.memory import counts_shares


@app.command()
def prepare_lean() -> None:
    """Compile our Lean library with the embedded Lean, once; takes one or two minutes."""
    with one_line_errors():
        config = config_from_environ(os.environ)
        try:
            folder = asyncio.run(wasm_home.prepare(config.verify, SOURCES, MonotonicClock()))
        except EngineUnavailable as error:
            raise UserError(str(error)) from error
    typer.echo(f"Lean library ready: {folder.name}")


@app.command()
def doctor() -> None:
    """Say what this machine has of what a run can use."""
    with one_line_errors():
        config = config_from_environ(os.environ)
        evaluation = server.find_kaggle_evaluation(config.gateway)
    verify = config.verify
    found: dict[str, object] = {
        "python": sys.version.split()[0],
        "recordings": ", ".join(map(str, config.llm.recordings)) or None,
        "kaggle_evaluation": evaluation,
        "Lean wanted": verify.engine,
        "official Lean": verify.toolchain,
        "embedded Lean": verify.wasm_home,
        "node": verify.node,
        "Lean workers": _lean_workers(verify.pool),
        **dict(inventory(config.llm)),
    }
    for name, value in found.items():
        typer.echo(f"{name:18} {value if value is not None else 'none'}")
    for line in asyncio.run(_protections(config)):
        typer.echo(f"{'sandbox':18} {line}")


def _lean_workers(pool: LeanPoolConfig) -> str:
    """How many fit into memory, and how they are counted."""
    free_bytes = max(0, available_memory_bytes() - pool.reserve_bytes)
    how = "shared pages counted once" if counts_shares() else "shared pages counted for each: no smaps_rollup"
    guess_gb = pool.guess_bytes / 1e9
    return f"{free_bytes // pool.guess_bytes} of {guess_gb:.1f} GB fit, until one was measured ({how})"


async def _protections(config: Config) -> tuple[str, ...]:
    """What was found by trying, or why programs cannot run here."""
    lenient = dataclasses.replace(config.sandbox, allow_missing=True)
    try:
        async with Sandbox.opened(lenient, clock=MonotonicClock()) as sandbox:
            found = sandbox.protections
    except SandboxUnavailable as error:
        return (str(error),)
    refused = tuple(f"programs are refused for want of {name}" for name in found.lacking())
    return found.lines() + (refused if not config.sandbox.allow_missing else ())
