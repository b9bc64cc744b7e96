"""What a recording knows of a program, it knows by what was asked of the sandbox."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.line import Line
from aimo_pipeline.observe.reading import Record, read_journal
from aimo_pipeline.trace.job import Ended
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.recorded import Recording
from aimo_pipeline.trace.report import Report

REQUEST = {"kind": "trace", "code": "def a(n): return n", "indices": [0, 1]}
REPORT = Report(({"term": [0, "0x0"]},), "", "", Ended(0, 0.1, 1 << 20), 0.25)


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    """Of one program by itself."""
    with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
        JournaledPrograms(journal).program("p", REQUEST, REPORT, LimitsConfig(), 0.25)
    return [one for one in read_journal(tmp_path / "journal.jsonl") if one["type"] == "ProgramRan"]


async def _came(at_s: float) -> None:
    """Nothing to wait for."""


class TestRecording:
    """A program is known by its owner, its code and the rest of its request, however that is spelt."""

    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["now", "in older journals"])
    def test_the_request_may_be_spelt_with_spaces(
        self, records: list[Record], separators: tuple[str, str]
    ) -> None:
        records[0]["request"] = json.dumps(json.loads(records[0]["request"]), separators=separators)
        recording = Recording(records, Line(records, patience_s=0.1, came=_came))
        assert asyncio.run(recording.report("p", REQUEST)) == REPORT
        assert (recording.given, recording.missed) == (1, 0)

    def test_another_request_is_not_known(self, records: list[Record]) -> None:
        recording = Recording(records, Line(records, patience_s=0.1, came=_came))
        assert asyncio.run(recording.report("p", REQUEST | {"indices": [0, 2]})) is None
        assert (recording.given, recording.missed) == (0, 1)
