"""What a command says of itself can be read in the narrowest terminal that is usual."""

from __future__ import annotations

import inspect

import pytest
import typer

from aimo_pipeline.__main__ import app

# Of eighty, without the margins.
COLUMNS = 78
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


class TestHelp:
    """The first paragraph is filled anew for each terminal; all else keeps its lines, which have to fit."""

    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_no_line_is_broken_in_eighty_columns(self, name: str) -> None:
        _, *others = (inspect.getdoc(COMMANDS[name].callback) or "").split("\n\n")
        assert [line for one in others for line in one.splitlines() if len(line) > COLUMNS] == []
