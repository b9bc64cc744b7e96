"""A mined rule against further terms of its own trace program, computed by the real sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimo_pipeline.config import LimitsConfig, MineConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.fresh import Held, hold_to_fresh_terms
from aimo_pipeline.mine.apart import InProcess
from aimo_pipeline.outcome import Ambiguous, Found, MineOutcome, NothingFits, Traced
from tests.sandboxed import Shared

CONFIG = TraceConfig(limits=LimitsConfig(memory_bytes=1 << 30), fresh_s=10.0)
SQUARES = Found(Polynomial(0, (0, 1, 2)), "polynomial", spare=9, wants=(12, 13, 24))
DOUBLES = Found(CFinite(0, (2,), (1,)), "c-finite", spare=4, wants=(5, 6))
MINING = InProcess(MineConfig())
HEAD = "FIRST = 0\nTARGET = 10**18\nMODULUS = None\n"


def traced(body: str, count: int) -> Traced:
    """A trace of a program whose a(n) returns `body`."""
    source = f"{HEAD}def a(n):\n    return {body}\n"
    values = tuple(eval(body, {"n": n}) for n in range(count))
    return Traced(Sequence(0, values), Target(10**18, None), source)


def held(shared: Shared, outcome: MineOutcome, trace: Traced, config: TraceConfig = CONFIG) -> Held:
    """Run the rule against the program."""
    deadline = Deadline.after(60.0, MonotonicClock())
    return shared.do(
        lambda sandbox: hold_to_fresh_terms(
            outcome, trace, mining=MINING, sandbox=sandbox, deadline=deadline, config=config, owner="problem"
        )
    )


class TestHoldToFreshTerms:
    """A rule goes on as it was, unless a term that it had not seen contradicts it."""

    def test_a_rule_that_all_fresh_terms_agree_with_goes_on(self, shared_sandbox: Shared) -> None:
        result = held(shared_sandbox, SQUARES, traced("n * n", 12))
        assert result == Held(SQUARES, (12, 13, 24), (12, 13, 24))

    def test_a_rule_that_breaks_beyond_the_trace_is_dropped(self, shared_sandbox: Shared) -> None:
        result = held(shared_sandbox, SQUARES, traced("n * n + n // 24", 12))
        assert isinstance(result.outcome, NothingFits)
        assert "a(24)" in result.outcome.reason

    def test_fresh_terms_that_do_not_come_change_nothing(self, shared_sandbox: Shared) -> None:
        slow = replace(traced("n * n", 12), source=f"{HEAD}def a(n):\n    while True:\n        n += 1\n")
        result = held(shared_sandbox, SQUARES, slow, replace(CONFIG, fresh_s=0.3))
        assert result == Held(SQUARES, (12, 13, 24), ())

    def test_of_two_rivals_the_one_that_the_program_follows_goes_on(self, shared_sandbox: Shared) -> None:
        # The regions of a circle: powers of two for five terms.
        regions = Polynomial(0, (1, 1, 1, 1, 1))
        rival = replace(DOUBLES, formula=regions, family="polynomial")
        open_question = Ambiguous("both fit", (DOUBLES, rival), differ_at=5, wants=(5, 6))
        body = "1 + n + n*(n-1)//2 + n*(n-1)*(n-2)//6 + n*(n-1)*(n-2)*(n-3)//24"
        result = held(shared_sandbox, open_question, traced(body, 5))
        assert result.outcome == rival

    def test_rivals_that_no_fresh_term_tells_apart_stay_open(self, shared_sandbox: Shared) -> None:
        open_question = Ambiguous("both fit", (DOUBLES, DOUBLES), differ_at=99, wants=(5, 6))
        result = held(shared_sandbox, open_question, traced("2 ** n", 5))
        assert result.outcome == open_question

    @pytest.mark.parametrize("outcome", [NothingFits("no"), replace(SQUARES, wants=())])
    def test_an_outcome_that_wants_nothing_runs_nothing(
        self, shared_sandbox: Shared, outcome: MineOutcome
    ) -> None:
        assert held(shared_sandbox, outcome, traced("n * n", 12)) == Held(outcome, (), ())
