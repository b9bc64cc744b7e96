"""Lean's verdicts come out of a journal as they went in."""

from __future__ import annotations

import asyncio

import pytest

from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.observe.events import StatementChecked, to_record
from aimo_pipeline.observe.journal import digest_of
from aimo_pipeline.observe.line import Line
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.document import LeanDocument, Theorem, document_text
from aimo_pipeline.verify.recorded import RecordedEngine

DOCUMENT = LeanDocument(("TraceToLean.Sequence",), "", (Theorem("one", "1 = 1", "rfl"),))


async def came(at_s: float) -> None:
    """Nothing else happens meanwhile."""


class TestRecordedEngine:
    """A document that the journal has gets the verdict that it had there, axioms and message included."""

    @pytest.mark.parametrize(
        ("word", "axioms", "message", "verdict"),
        [
            ("proved", ("propext",), "", Proved(("propext",))),
            ("proved", (), "", Proved(())),
            ("proved", None, "", Proved()),
            ("refuted", None, "is false", Refuted("is false")),
            ("rejected", None, "uses sorry", Rejected("uses sorry")),
            ("unknown", None, "too slow", Unknown("too slow")),
        ],
    )
    def test_a_verdict_is_as_it_was(
        self, word: str, axioms: tuple[str, ...] | None, message: str, verdict: Verdict
    ) -> None:
        digest = digest_of(document_text(DOCUMENT))
        told = StatementChecked("p", 0, "official", digest, "one", "1 = 1", word, axioms, message)
        records = [to_record(told, 1.0)]
        line = Line(records, patience_s=0.1, came=came)
        engine = RecordedEngine(records, line)
        checked = engine.check(DOCUMENT, deadline=Deadline.after(60.0, FakeClock()))
        assert asyncio.run(checked)["one"] == verdict
        assert (engine.name, engine.recorded, engine.asked) == ("official", 1, 0)
