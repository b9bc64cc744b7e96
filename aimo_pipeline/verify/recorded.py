"""Lean's verdicts as a journal has them, for replays in seconds.

A document that is not in the journal, letter by letter, gets no verdict: it goes to a real engine where there
is one, else it stays Unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.observe.journal import digest_of
from aimo_pipeline.observe.line import Line
from aimo_pipeline.outcome import Compiled, Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.document import LeanDocument, document_text
from aimo_pipeline.verify.engine import Engine

NOT_RECORDED = "not in the recording, and no Lean was asked"


class RecordedEngine:
    """An Engine that answers from a journal.

    Attributes:
        name: of the engine that was recorded.
        recorded, asked: documents that the journal knew, and that it did not.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]], line: Line, live: Engine | None = None) -> None:
        self.name = live.name if live else "recorded"
        self.recorded = self.asked = 0
        self._line, self._live = line, live
        self._known: dict[str, dict[str, tuple[int, Verdict]]] = {}
        for place, one in enumerate(records):
            if one.get("type") == "StatementChecked":
                self.name = str(one["engine"])
                self._known.setdefault(one["document"], {})[one["theorem"]] = place, _verdict(one)

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        known = self._known.get(digest_of(document_text(document)), {})
        if document.theorems and all(theorem.name in known for theorem in document.theorems):
            self.recorded += 1
            places = sorted(place for place, _ in known.values())
            self._line.pass_over(places[:-1])  # they are told together
            await self._line.turn(places[-1])
            return {theorem.name: known[theorem.name][1] for theorem in document.theorems}
        self.asked += 1
        if self._live is not None:
            return await self._live.check(document, deadline=deadline)
        return {theorem.name: Unknown(NOT_RECORDED) for theorem in document.theorems}


def _verdict(record: Mapping[str, Any]) -> Verdict:
    message = str(record["message"])
    match record["verdict"]:
        case "proved":
            axioms = record.get("axioms")
            return Proved(None if axioms is None else tuple(axioms))
        case "compiled":
            axioms = record.get("axioms")
            return Compiled(None if axioms is None else tuple(axioms))
        case "refuted":
            return Refuted(message)
        case "rejected":
            return Rejected(message)
        case _:
            return Unknown(message)
