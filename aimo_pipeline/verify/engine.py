"""What an engine is, how one is found and opened, and how it shows that it can tell true from false."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineSilent, EngineUnavailable
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, LeanDocument, Theorem
from aimo_pipeline.verify.installed import find_lean
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.official import open_official
from aimo_pipeline.verify.packed import PackedToolchain, read_packed
from aimo_pipeline.verify.wasm import open_wasm
from aimo_pipeline.verify.workers import not_told

__all__ = [
    "CANARIES",
    "Engine",
    "LeanDocument",
    "Theorem",
    "cache_folder",
    "find_packed",
    "open_engine",
    "self_test",
]

# The true one needs our library; the false one must be told from one that merely fails.
CANARIES = LeanDocument(
    imports=LIBRARY_IMPORTS,
    definitions="",
    theorems=(
        Theorem("canary_true", "rule [1, 1] [0, 1] 10 = 55", "by decide +kernel"),
        Theorem("canary_false", "rule [1, 1] [0, 1] 10 = 56", "by decide +kernel"),
    ),
)


class Engine(Protocol):
    """A Lean that checks documents; `name` is "official" or "wasm"."""

    name: str

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """Check a document.

        Returns:
            One verdict per theorem, by name, at the deadline at the latest. What the engine cannot check, or
            not in time, is Unknown with the reason; a document that no engine should see is Rejected.
        """
        ...


@asynccontextmanager
async def open_engine(
    config: VerifyConfig, clock: Clock, lost: Callable[[str, str], None] = not_told
) -> AsyncIterator[Engine]:
    """Open the engine that the settings ask for; slow preparations go on in the background.

    Args:
        config: which engine.
        clock: of its deadlines.
        lost: told by which engine and why, when a process died under a check that is then done again.

    Raises:
        EngineUnavailable: it cannot be had; says what is missing and how to get it.
    """
    async with AsyncExitStack() as stack:
        yield await _open(stack, config, clock, lost)


async def _open(
    stack: AsyncExitStack, config: VerifyConfig, clock: Clock, lost: Callable[[str, str], None]
) -> Engine:
    match config.engine:
        case "off":
            raise EngineUnavailable("Lean is switched off (AIMO_LEAN=off)")
        case "wasm":
            return await stack.enter_async_context(open_wasm(config, clock, lost=partial(lost, "wasm")))
        case "official" | "auto":
            lean = find_lean(config)
        case other:
            raise EngineUnavailable(f"there is no Lean engine called {other!r}")
    if lean is not None:
        opened = open_official(lean, config, clock, cache=cache_folder(), lost=partial(lost, "official"))
        return await stack.enter_async_context(opened)
    if config.engine == "auto":
        return await stack.enter_async_context(open_wasm(config, clock, lost=partial(lost, "wasm")))
    raise EngineUnavailable(
        "no official Lean: set AIMO_LEAN_TOOLCHAIN to a toolchain's folder, or put its `lean` on PATH"
    )


@runtime_checkable
class ReadingEngine(Engine, Protocol):
    """An engine that also tells what Lean says of any text of ours."""

    async def read(self, text: str, *, deadline: Deadline) -> tuple[Message, ...] | Unknown | Rejected:
        """All messages about a whole document, in order.

        Args:
            text: the document; nothing of it is audited here.
            deadline: the latest end.

        Returns:
            Unknown where Lean did not come to its end; Rejected for a text that no Lean should be given.
        """
        ...


def cache_folder() -> Path:
    """Where a toolchain is unpacked and our library compiled, once for all runs."""
    return Path.home() / ".cache" / "aimo-pipeline"


def find_packed(config: VerifyConfig) -> PackedToolchain | None:
    """The packed toolchain that these settings mean, if it is one: of the named folder, else of dist/.

    Raises:
        EngineUnavailable: what is there cannot be read.
    """
    if config.engine not in ("official", "auto"):
        return None
    return read_packed(config.toolchain or SOURCES / "dist")


async def self_test(engine: Engine, deadline: Deadline, canaries: LeanDocument = CANARIES) -> None:
    """Check the canaries: canary_true must be proved, canary_false refuted.

    Raises:
        EngineSilent: it said nothing of one of them; asked again, it may.
        EngineUnavailable: the engine does not prove the true one or does not refute the false one.
    """
    verdicts = await engine.check(canaries, deadline=deadline)
    silent = [verdict.reason for verdict in verdicts.values() if isinstance(verdict, Unknown)]
    if silent:
        raise EngineSilent(f"the {engine.name} Lean gives no verdict: {silent[0]}")
    if not isinstance(verdicts["canary_true"], Proved) or not isinstance(verdicts["canary_false"], Refuted):
        raise EngineUnavailable(f"the {engine.name} Lean can't tell true from false: {dict(verdicts)}")
