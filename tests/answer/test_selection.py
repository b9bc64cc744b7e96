"""Our rule against the majority, on recorded attempts."""

from __future__ import annotations

import pytest

from tests.bench.selection import scores
from tests.recordings import recorded


class TestSelection:
    """On the same draws of recorded attempts, our rule is right at least as often as the majority."""

    @pytest.mark.parametrize("k", [2, 5, 8])
    def test_no_problem_is_answered_right_less_often(self, k: int) -> None:
        recorded("recorded_attempts.jsonl")
        found = scores(k, 60)
        worse = {
            name: difference
            for name, difference in found["ours"].minus(found["majority"]).items()
            if difference < 0
        }
        assert len(found["ours"].by_problem) > 20
        assert worse == {}
