"""One real Lean for all tests that need it, since each process of it takes seconds to load.

The embedded one, or the toolchain that AIMO_LEAN_TOOLCHAIN names, as when the pin is moved
(lean_toolchain/README.md).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from aimo_pipeline.config import VerifyConfig, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.verify.engine import Engine, open_engine
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm_home import find_home, prepare

CHECK_S = 120.0
# For documents that ask hundreds of things at once. It only ends what hangs: beside other work a check that
# takes a minute has taken five.
LONG_CHECK_S = 1200.0


@dataclass(frozen=True)
class RealLean:
    """An open engine and the loop that it lives in."""

    runner: asyncio.Runner
    engine: Engine
    config: VerifyConfig
    clock: MonotonicClock

    def run(self, work: Awaitable[Any]) -> Any:
        """Run in the engine's loop."""

        async def wait() -> Any:
            return await work

        return self.runner.run(wait())

    def deadline(self, seconds: float = CHECK_S) -> Deadline:
        """That many seconds from now."""
        return Deadline.after(seconds, self.clock)


@pytest.fixture(scope="session")
def wasm_config() -> VerifyConfig:
    """Settings for the embedded Lean of this machine."""
    found = config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify
    config = replace(found, check_s=LONG_CHECK_S)
    if config.wasm_home is None or config.node is None:
        pytest.skip("AIMO_LEAN_WASM and AIMO_NODE are not both set")
    find_home(config)
    return config


@pytest.fixture(scope="session")
def lean_config(request: pytest.FixtureRequest) -> VerifyConfig:
    """Settings for the Lean that the tests run with."""
    found = config_from_environ(os.environ).verify
    if found.toolchain is None:
        return request.getfixturevalue("wasm_config")
    return replace(found, engine="official", check_s=LONG_CHECK_S)


@pytest.fixture(scope="session")
def real_lean(lean_config: VerifyConfig) -> Iterator[RealLean]:
    """The engine, with our library compiled."""
    yield from _opened(lean_config)


@pytest.fixture(scope="module")
def compiling_lean(lean_config: VerifyConfig) -> Iterator[RealLean]:
    """The engine, which may settle a theorem by code that Lean compiles."""
    yield from _opened(replace(lean_config, native=True))


def _opened(config: VerifyConfig) -> Iterator[RealLean]:
    clock = MonotonicClock()
    with asyncio.Runner() as runner:
        if config.engine != "official":
            runner.run(prepare(config, SOURCES, clock))
        opened = open_engine(config, clock)
        engine = runner.run(_enter(opened))
        try:
            yield RealLean(runner, engine, config, clock)
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def _enter(opened: Any) -> Engine:
    return await opened.__aenter__()
