"""Which history a problem is in."""

from __future__ import annotations

from itertools import product

import pytest

from aimo_pipeline.budget.signals import BEGUN, HISTORIES, UNTOLD, Agreement, Signals, Traces, history


class TestHistory:
    """Nothing is told before its time; what should be told by then and is not counts as untold."""

    def test_every_history_is_reached_by_one_set_of_signals(self) -> None:
        both = [history(Signals(*pair), 300.0) for pair in product(Traces, Agreement)]
        first = [history(Signals(traces), 60.0) for traces in Traces]
        assert sorted([BEGUN, *first, *both, UNTOLD]) == list(range(HISTORIES))

    @pytest.mark.parametrize(
        ("signals", "elapsed_s", "expected"),
        [
            (Signals(), 0.0, BEGUN),
            (Signals(Traces.MINED, Agreement.SOME), 59.9, BEGUN),
            (Signals(), 60.0, UNTOLD),
            (Signals(Traces.FAILED), 60.0, 1),
            (Signals(Traces.FAILED, Agreement.NONE), 299.9, 1),
            (Signals(Traces.FAILED), 300.0, UNTOLD),
            (Signals(Traces.FAILED, Agreement.NONE), 1e9, 5),
        ],
    )
    def test_signals_count_from_their_time_on(
        self, signals: Signals, elapsed_s: float, expected: int
    ) -> None:
        assert history(signals, elapsed_s) == expected
