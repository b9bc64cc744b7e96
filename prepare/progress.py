"""What the notebook is at, from its journal: one line for each answer."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from prepare.told import say


@dataclass
class Progress:
    """Follows the journal while the notebook runs: one line for each answer."""

    journal: Path
    total: int
    offset: int = 0
    answered: set[str] = field(default_factory=set)
    stream: IO[bytes] | None = None

    @classmethod
    def of(cls, journal: Path, total: int) -> Progress:
        """From where a journal ends now: an earlier run may have written to it."""
        return cls(journal, total, journal.stat().st_size if journal.exists() else 0)

    def tick(self) -> None:
        """Print what came since the last call; a half-written line waits for the next."""
        if self.stream is None:
            if not self.journal.exists():
                return
            self.stream = self.journal.open("rb")  # kept: at the end the file is packed and goes
        self.stream.seek(self.offset)
        fresh = self.stream.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError, KeyError):
                self._tell(json.loads(line))

    def _tell(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if kind == "EngineReady":
            say(f"Lean ({event['engine']}) is ready after {event['seconds']:.0f} s")
        elif kind == "EngineMissing":
            say(f"no Lean ({event['engine']}): {event['reason']}")
        elif kind == "ServerReady":
            say(f"the model's server is ready after {event['seconds']:.0f} s")
        elif kind in ("ServerStalled", "ServerGivenUp"):
            say(f"the model's server: {event['reason']}")
        elif kind == "AnswerGiven":
            found = f"{event['evidence']}  {event['seconds']:.1f}s  {event['path']}"
            self._count(event["problem_id"], f"answer {event['value']}  {found}")
        elif kind == "PredictFailed":
            self._count(event["problem_id"], f"fallback: {event['cause']}")

    def _count(self, problem_id: str, text: str) -> None:
        self.answered.add(problem_id)
        width = len(str(self.total))
        say(f"[{len(self.answered):>{width}}/{self.total}] {problem_id}  {text}")
