"""What an embedded Lean that has checked many documents says of one, and what a fresh process says of it.

    python -m tests.bench.lean_warm [--only leftovers,adversarial,ordinary] [--first 0] [--most 1000]

The warm process is asked about all of them twice, so that each comes after every other one. No audit stands
before Lean here, so that the attacks reach it. Prints each difference; ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from aimo_pipeline.config import VerifyConfig, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Exited
from aimo_pipeline.verify.decode import Message, read_messages
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, LeanDocument, Rendered, render, without_library
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm_home import find_home, prepare
from aimo_pipeline.verify.wasm_protocol import run_request
from aimo_pipeline.verify.wasm_worker import Worker
from tests.bench import lean_values
from tests.verify.leftovers import LEFTOVERS
from tests.verify.model_proofs import asked
from tests.verify.test_adversarial import STOPPED

CHECK_S = 600.0
Outcome = tuple[Message, ...] | str


def _text(document: LeanDocument) -> str | None:
    rendered = render(replace(document, imports=LIBRARY_IMPORTS))
    return rendered.text if isinstance(rendered, Rendered) else None


def _leftovers() -> Iterator[tuple[str, str | None]]:
    for name, one in LEFTOVERS.items():
        yield f"leaves {name}", one.first
        yield f"after {name}", _text(one.then)


def _ordinary() -> Iterator[tuple[str, str | None]]:
    for case in lean_values.cases(Console(quiet=True)):
        yield f"{case.name} modulo {case.modulus}", _text(case.statement.document)
    yield "a question about syntax", asked().text


def documents(kinds: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each."""
    every = {
        "leftovers": _leftovers,
        "adversarial": lambda: ((name, _text(document)) for name, document in STOPPED.items()),
        "ordinary": _ordinary,
    }
    for kind in kinds:
        for name, text in every[kind]():
            if text is not None:
                yield f"{kind}: {name}", text


class Both:
    """The two ways to have a text checked."""

    def __init__(self, config: VerifyConfig, library: Path, scratch: Path) -> None:
        self._config, self._library, self._path = config, library, scratch / "Document.lean"
        self._home = find_home(config)
        self._warm: Worker | None = None
        self.processes = 0

    def _limit(self) -> Deadline:
        return Deadline.after(CHECK_S, MonotonicClock())

    async def warm(self, text: str) -> Outcome:
        """By the process that has checked the others, unless one of them has ended it."""
        if self._warm is None or self._warm.asked:
            await self.aclose()
            self._warm = Worker(self._home, self._config.start_s, self._library)
            self.processes += 1
        body = without_library(text)
        assert body is not None
        return _outcome(await self._warm.check(body, (), deadline=self._limit(), config=self._config))

    async def cold(self, text: str) -> Outcome:
        """By a process of its own."""
        self._path.write_text(text, "utf-8", newline="\n")
        worker = Worker(self._home, self._config.start_s)
        folders = [self._path.parent, self._library]
        request = run_request([str(self._path)], self._home, folders, self._library)
        try:
            return _outcome(await worker.run(request, deadline=self._limit(), config=self._config))
        finally:
            await worker.aclose()

    async def aclose(self) -> None:
        """End the warm process."""
        if self._warm is not None:
            await self._warm.aclose()


def _outcome(ended: object) -> Outcome:
    if isinstance(ended, Exited) and ended.status in (0, 1):
        return read_messages(ended.stdout)
    return f"status {ended.status}" if isinstance(ended, Exited) else str(ended)


def _shown(outcome: Outcome) -> str:
    if isinstance(outcome, str):
        return outcome
    return "\n".join(f"  {m.severity} {m.line}: {' '.join(m.text.split())[:150]}" for m in outcome)


async def compared(texts: list[tuple[str, str]], console: Console) -> int:
    """How many documents fared differently."""
    config = replace(config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify, check_s=CHECK_S)
    library = await prepare(config, SOURCES, MonotonicClock())
    different = 0
    with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
        both = Both(config, library, Path(scratch))
        try:
            once = [await both.warm(text) for _, text in texts]
            again = [await both.warm(text) for _, text in texts]
            console.print(f"{2 * len(texts)} warm checks by {both.processes} processes")
            for (name, text), *warm in track(list(zip(texts, once, again, strict=True)), console=console):
                cold = await both.cold(text)
                if any(one != cold for one in warm):
                    different += 1
                    console.print(f"[bold]{name}", f"cold\n{_shown(cold)}", sep="\n")
                    console.print(*(f"warm\n{_shown(one)}" for one in warm), sep="\n", markup=False)
        finally:
            await both.aclose()
    console.print(f"{len(texts)} documents, {different} with a difference")
    return different


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="leftovers,adversarial,ordinary")
    parser.add_argument("--first", type=int, default=0, help="how many documents are left out")
    parser.add_argument("--most", type=int, default=1000, help="most documents; a fresh process takes 15 s")
    options = parser.parse_args()
    chosen = islice(documents(options.only.split(",")), options.first, options.first + options.most)
    sys.exit(bool(asyncio.run(compared(list(chosen), Console()))))


if __name__ == "__main__":
    main()
