"""`simulate` as a user types it."""

from __future__ import annotations

from typer.testing import CliRunner

from aimo_pipeline.__main__ import app


class TestSimulateCommand:
    """The help teaches; a mistake is one line."""

    def test_the_help_says_what_is_compared_and_how_to_read_it(self) -> None:
        shown = CliRunner().invoke(app, ["simulate", "--help"], terminal_width=100)
        assert shown.exit_code == 0
        for word in ("--runs 10000", "static 360 s", "clairvoyant", "paired", "foreign"):
            assert word in shown.output

    def test_an_unknown_mix_is_named_with_those_there_are(self) -> None:
        shown = CliRunner().invoke(app, ["simulate", "--mix", "esay"])
        assert shown.exit_code == 2
        assert "no mix is called 'esay'; there are published, easy" in shown.output
