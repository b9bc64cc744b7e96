"""A check by the embedded Lean: with nothing loaded, a spare waiting, or warm; of one theorem or many."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from aimo_pipeline.config import VerifyConfig, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Exited, Proved
from aimo_pipeline.verify.decode import decode, read_messages
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, Rendered, render, without_library
from aimo_pipeline.verify.engine import LeanDocument, Theorem
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm_home import find_home, prepare
from aimo_pipeline.verify.wasm_protocol import run_request
from aimo_pipeline.verify.wasm_worker import Worker

_EMBEDDED_S = 200.0
_MANY = 100
_WARM = 10  # checks of each kind by the same process


# So that no document is the same as an earlier one.
_NUMBERS = count(2**40)


def _many(number: int) -> LeanDocument:
    """So many theorems in one file."""
    statements = (f"rule [1, 1] [0, 1] {n % 50} < {next(_NUMBERS)}" for n in range(number))
    theorems = (Theorem(f"t{n}", one, "by decide +kernel") for n, one in enumerate(statements))
    return LeanDocument(LIBRARY_IMPORTS, "", tuple(theorems))


class _Bench:
    def __init__(self, config: VerifyConfig, library: Path, scratch: Path) -> None:
        self._config, self._library = config, library
        self._home, self._path = find_home(config), scratch / "Document.lean"

    def worker(self, warm: bool) -> Worker:
        return Worker(self._home, self._config.start_s, self._library if warm else None)

    async def seconds(self, worker: Worker, number: int) -> float:
        """By a worker that is perhaps still loading."""
        document = _many(number)
        rendered = render(document)
        assert isinstance(rendered, Rendered)
        start_s, deadline = time.perf_counter(), Deadline.after(_EMBEDDED_S, MonotonicClock())
        if worker.library is not None:
            body = without_library(rendered.text)
            assert body is not None
            ended = await worker.check(body, tuple(rendered.spans), deadline=deadline, config=self._config)
        else:
            self._path.write_text(rendered.text, "utf-8")
            folders = [self._path.parent, self._library]
            request = run_request([str(self._path)], self._home, folders, self._library)
            ended = await worker.run(request, deadline=deadline, config=self._config)
        assert isinstance(ended, Exited), ended
        verdicts = decode(document, rendered, read_messages(ended.stdout), ended.status)
        assert all(isinstance(verdict, Proved) for verdict in verdicts.values()), verdicts
        return time.perf_counter() - start_s

    async def fresh(self, *, warm: bool, waiting: bool, numbers: Sequence[int]) -> list[float]:
        """Of one process, loaded before or not: the seconds of each check."""
        worker = self.worker(warm)
        try:
            if waiting:
                await worker.ready.wait()
            return [await self.seconds(worker, number) for number in numbers]
        finally:
            await worker.aclose()


async def embedded(repeat: int) -> dict[str, list[float]]:
    """Seconds of one check, by what was ready for it and how many theorems it has."""
    clock = MonotonicClock()
    config = config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify
    library = await prepare(config, SOURCES, clock)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
        bench = _Bench(config, library, Path(scratch))
        for _ in range(repeat):
            for number in (1, _MANY):
                name = f"{number} theorem{'s' if number > 1 else ''}"
                for ready, waiting in (("nothing loaded", False), ("spare waiting", True)):
                    taken = await bench.fresh(warm=False, waiting=waiting, numbers=[number])
                    found.setdefault(f"{ready}, {name}", []).extend(taken)
            taken = await bench.fresh(warm=True, waiting=True, numbers=[1, *[1] * _WARM, *[_MANY] * _WARM])
            found.setdefault("warm, the first, 1 theorem", []).append(taken[0])
            found.setdefault("warm, 1 theorem", []).extend(taken[1 : 1 + _WARM])
            found.setdefault(f"warm, {_MANY} theorems", []).extend(taken[1 + _WARM :])
    return found
