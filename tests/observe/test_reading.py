"""Which journals can be read, and what is said of those that cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import SCHEMA_VERSION
from aimo_pipeline.observe.reading import OLDEST, as_lines, read_run


def journal(path: Path, version: int) -> Path:
    record = {"type": "RunStarted", "version": version, "at_s": 0.0, "problems": 1}
    (path / "journal.jsonl").write_bytes(as_lines([record]))
    return path


class TestVersions:
    """Journals of the versions that are known are read; others are refused with what to do about it."""

    @pytest.mark.parametrize("version", range(OLDEST, SCHEMA_VERSION + 1))
    def test_known_ones_are_read(self, tmp_path: Path, version: int) -> None:
        assert len(read_run(journal(tmp_path, version)).records) == 1

    @pytest.mark.parametrize(
        ("version", "said"),
        [(OLDEST - 1, "older than version 4"), (SCHEMA_VERSION + 1, "the code that wrote it, or a newer")],
    )
    def test_others_are_refused(self, tmp_path: Path, version: int, said: str) -> None:
        with pytest.raises(UserError, match=said):
            read_run(journal(tmp_path, version))


class TestOddJournals:
    """An empty journal is a run of which nothing is known yet; what is no event is passed over."""

    @pytest.mark.parametrize("text", ["", "\n", '{"type": "RunSta'])
    def test_an_empty_one(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "journal.jsonl").write_text(text)
        found = read_run(tmp_path)
        assert (found.records, found.whole) == ((), False)

    def test_what_is_no_event(self, tmp_path: Path) -> None:
        odd = [{"at_s": 1.0}, {"type": 7, "at_s": 1.0}, {"type": "X"}, {"type": "New", "at_s": 2.0}]
        (tmp_path / "journal.jsonl").write_text("\n".join(map(json.dumps, odd)))
        assert [one["type"] for one in read_run(tmp_path).records] == ["New"]
