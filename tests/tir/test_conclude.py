"""What a program printed, as an answer."""

from __future__ import annotations

import pytest

from aimo_pipeline.outcome import Crashed, Ran
from aimo_pipeline.tir.conclude import printed


class TestPrinted:
    """The last line of the last program that ended well, if it is one integer and nothing else."""

    def test_a_failed_program_is_passed_over(self) -> None:
        assert printed([Ran("5\n"), Crashed("ValueError", "", 1, "6\n")]) == 5

    def test_only_the_last_good_program_counts(self) -> None:
        assert printed([Ran("5\n"), Ran("no\n")]) is None

    @pytest.mark.parametrize("stdout", ["", "x 5\n", "5 6\n", "5.0\n", "(5, 6)\n"])
    def test_a_line_that_is_not_a_lone_integer_gives_none(self, stdout: str) -> None:
        assert printed([Ran(stdout)]) is None

    def test_a_value_counts_as_the_last_line(self) -> None:
        assert printed([Ran("no\n", "5")]) == 5
        assert printed([Ran("5\n", "no")]) is None

    def test_nothing_ran_gives_none(self) -> None:
        assert printed([]) is None
