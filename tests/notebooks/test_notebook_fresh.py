from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from aimo_pipeline.config import config_from_environ

MAKER = Path(__file__).parents[2] / "notebooks" / "make_notebook.py"


@pytest.fixture
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_notebook", MAKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestSubmissionNotebook:
    """The notebook is what make_notebook.py writes: short, without results, and with the clock first."""

    def test_is_not_stale(self, maker: ModuleType) -> None:
        assert maker.NOTEBOOK.read_text(encoding="utf-8") == maker.render(), "run notebooks/make_notebook.py"

    def test_has_at_most_five_short_cells_without_outputs(self, maker: ModuleType) -> None:
        cells = nbformat.reads(maker.render(), as_version=4).cells
        assert len(cells) <= 5
        assert all(len(cell.source.splitlines()) <= 10 for cell in cells)
        assert not any(cell.get("outputs") for cell in cells)

    def test_notes_the_start_before_anything_else(self, maker: ModuleType) -> None:
        code = [
            cell.source
            for cell in nbformat.reads(maker.render(), as_version=4).cells
            if cell.cell_type == "code"
        ]
        assert [line for line in code[0].splitlines() if line][:2] == [
            "import time",
            "STARTED_S = time.monotonic()  # the five hours are counted from here",
        ]

    @pytest.mark.parametrize(("asked", "got"), [(None, "auto"), ("off", "off")])
    def test_shows_a_line_a_problem_unless_the_user_says_otherwise(
        self, maker: ModuleType, monkeypatch: pytest.MonkeyPatch, asked: str | None, got: str
    ) -> None:
        told: list[tuple[float, str]] = []
        monkeypatch.setattr(
            "aimo_pipeline.cli.notebook.run",
            lambda start_s: told.append((start_s, config_from_environ(os.environ).observe.dashboard)),
        )
        monkeypatch.setenv("AIMO_DASHBOARD", asked or "")
        if asked is None:
            monkeypatch.delenv("AIMO_DASHBOARD")
        exec(compile(maker.RUN, "run", "exec"), {"os": os, "STARTED_S": 7.0})
        assert told == [(7.0, got)]
