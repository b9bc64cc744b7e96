"""What Lean was asked comes out of the journal as files, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import CheckStarted, EngineReady, StatementChecked
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.observe.statements import VERDICTS, statement_files, write_statements
from aimo_pipeline.verify.library import SOURCES, library_texts

DOCUMENT = "import TraceToLean.Far\ntheorem value : 1 + 1 = 2 := by decide +kernel\n"


def journal_of(path: Path) -> list[dict[str, object]]:
    with Journal.open(path / "j", FakeClock()) as journal:
        library = {name: journal.keep(text) for name, text in library_texts(SOURCES).items()}
        journal.write(EngineReady("official", 1.0, library))
        for problem, text in (("p1", DOCUMENT), ("p1", DOCUMENT + "\n"), ("p/2", "-- another\n")):
            digest = journal.keep(text)
            journal.write(CheckStarted(problem, 0, "official", digest, ("value",)))
            if problem == "p1":
                told = ("value", "1 + 1 =\n2 | x", "proved", ("propext",), "")
                journal.write(StatementChecked(problem, 0, "official", digest, *told))
    return list(read_journal(path / "j"))


class TestStatementFiles:
    """Documents, the library that they import, and a list of verdicts: enough for anybody's own Lean."""

    def test_all_of_it_is_there_to_the_letter(self, tmp_path: Path) -> None:
        assert write_statements(journal_of(tmp_path), tmp_path / "lean") == 3
        folder = tmp_path / "lean"
        assert (folder / "p1-0.lean").read_text() == DOCUMENT
        assert (folder / "p1-0.2.lean").read_text() == DOCUMENT + "\n"
        assert (folder / "p_2-0.lean").read_text() == "-- another\n"
        for name in ("TraceToLean/Far.lean", "TraceToLean.lean", "lakefile.toml", "lean-toolchain"):
            assert (folder / name).read_text() == (SOURCES / name).read_text(), name
        verdicts = (folder / VERDICTS).read_text()
        assert "| p1-0 | value | proved | propext | 1 + 1 = 2 \\| x |" in verdicts
        assert "| p_2-0 | – | no verdict" in verdicts

    def test_a_run_without_lean_says_so(self) -> None:
        with pytest.raises(UserError, match="asked nothing"):
            statement_files([])

    def test_no_file_outside_the_folder_is_written(self, tmp_path: Path) -> None:
        records = journal_of(tmp_path)
        for one in records:
            if one["type"] == "EngineReady":
                [digest, *_] = one["library"].values()  # type: ignore[attr-defined]
                one["library"] = {"../evil.lean": digest}
        with pytest.raises(UserError, match="outside"):
            statement_files(records)
