"""One attempt of tool-integrated reasoning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.config import LimitsConfig, TirConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.llm.completer import Completion, Finish, Measures, NoCompletion
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer
from aimo_pipeline.tir.loop import attempt
from tests.sandboxed import Shared
from tests.tir.scripted import ANY, LastWords, Scripted, code, table, talk

CONFIG = TirConfig(turns=3, cell_s=1.0, limits=LimitsConfig(memory_bytes=1 << 30))
Attempt = Callable[..., AttemptOutcome]


@pytest.fixture
def attempted(shared_sandbox: Shared) -> Attempt:
    """The outcome of one attempt."""

    def go(
        completer: Scripted,
        *,
        deadline_s: float = 1000.0,
        config: TirConfig = CONFIG,
        contract: Contract = ANY,
        last_word: Any = None,
    ) -> AttemptOutcome:
        around = table(
            completer, config=config, sandbox=shared_sandbox, contract=contract, last_word=last_word
        )
        deadline = Deadline.after(deadline_s, FakeClock())
        return asyncio.run(attempt(talk(), table=around, deadline=deadline))

    return go


def cut(text: str, finish: Finish, thinking: str = "") -> Completion:
    """A completion that ended in a certain way."""
    return Completion(text, "test", thinking=thinking, finish=finish)


class TestAttempt:
    """A boxed integer ends it; otherwise the code is run and its output goes back."""

    def test_a_boxed_integer_ends_the_attempt(self, attempted: Attempt) -> None:
        assert attempted(Scripted(["It is \\boxed{17}.", "never asked"])) == Attempted(17, "boxed", 1)

    def test_the_output_goes_back_to_the_model(self, attempted: Attempt) -> None:
        completer = Scripted([code("print(6 * 7)"), "So \\boxed{42}."])
        assert attempted(completer) == Attempted(42, "boxed", 2)
        said, tool = completer.asked[1].messages[-2:]
        assert (said.role, said.content) == ("assistant", code("print(6 * 7)"))
        assert (tool.role, tool.content) == ("tool", "42\n")
        assert [(r.sample, r.turn, r.stage) for r in completer.asked] == [(1, 0, "tir"), (1, 1, "tir")]

    def test_a_tool_call_is_run_as_it_is_and_its_thinking_goes_back(self, attempted: Attempt) -> None:
        call = cut("6 * 7", "tool", "let me multiply; perhaps \\boxed{41}")
        completer = Scripted([call, "So \\boxed{42}."])
        assert attempted(completer) == Attempted(42, "boxed", 2)
        said, tool = completer.asked[1].messages[-2:]
        assert (said.content, said.thinking) == ("6 * 7", call.thinking)
        assert (tool.role, tool.content) == ("tool", "42\n")

    def test_the_value_of_a_last_expression_goes_back_as_in_a_notebook(self, attempted: Attempt) -> None:
        completer = Scripted([code("print('sum')\n6 * 7"), "So \\boxed{42}."])
        attempted(completer)
        assert completer.asked[1].messages[-1].content == "sum\n42\n"

    def test_a_cell_sees_the_variables_of_the_one_before(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("x = 6"), code("x * 7")])) == Attempted(42, "tool_output", 2)

    def test_the_last_line_of_the_tool_counts_when_no_further_turn_comes(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("print('sum'); print(42)")])) == Attempted(42, "tool_output", 1)

    def test_a_box_that_the_program_would_print_is_not_an_answer_of_the_model(
        self, attempted: Attempt
    ) -> None:
        completer = Scripted([code("print('\\\\boxed{13}'); print(7)")])
        assert attempted(completer) == Attempted(7, "tool_output", 1)

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("y = 0\n1 / y", "[ZeroDivisionError: division by zero (line 2)]"),
            ("1 / 0", "line 1, in <module>\n    1 / 0"),
            ("not python at all", "[SyntaxError: invalid syntax"),
            ("import no_such_module", "only the standard library, numpy, sympy, mpmath and networkx"),
            ("print('so far')\nwhile True: pass", "so far\n\n[timed out: stopped after 1"),
            ("x = 1", "[nothing was printed]"),
        ],
    )
    def test_trouble_with_the_tool_is_told_to_the_model(
        self, attempted: Attempt, body: str, told: str
    ) -> None:
        completer = Scripted([code(body), "\\boxed{1}"])
        assert attempted(completer) == Attempted(1, "boxed", 2)
        assert told in completer.asked[1].messages[-1].content

    def test_a_long_output_goes_back_with_its_middle_left_out(self, attempted: Attempt) -> None:
        completer = Scripted([code("print('a' * 9000 + 'z')"), "\\boxed{1}"])
        attempted(completer)
        content = completer.asked[1].messages[-1].content
        assert len(content) < 4200
        assert content.startswith("aaa") and content.endswith("az\n")

    def test_a_completion_without_code_and_box_is_asked_for_a_box(self, attempted: Attempt) -> None:
        completer = Scripted(["I think it is large.", "\\boxed{99}"])
        assert attempted(completer) == Attempted(99, "boxed", 2)
        assert completer.asked[1].messages[-1].role == "user"
        assert "\\boxed" in completer.asked[1].messages[-1].content

    def test_an_integer_that_cannot_be_the_answer_is_told_to_the_model(self, attempted: Attempt) -> None:
        completer = Scripted(["\\boxed{100000}", "\\boxed{99}"])
        assert attempted(completer) == Attempted(99, "boxed", 2)
        assert "100000 lies outside" in completer.asked[1].messages[-1].content

    def test_a_fraction_counts_where_its_terms_are_to_be_added(self, attempted: Attempt) -> None:
        asked = Scripted([r"\boxed{\frac{6}{8}}"])
        text = "The area is $p/q$ with coprime $p, q$. Find $p+q$."
        from aimo_pipeline.answer.contract import read_contract

        assert attempted(asked, contract=read_contract(text)) == Attempted(7, "boxed", 1)

    def test_tokens_and_the_certainty_of_the_answer_are_kept(self, attempted: Attempt) -> None:
        first = replace(cut("1", "tool"), measures=Measures(completion_tokens=100, tail_entropy=2.0))
        last = Completion("\\boxed{3}", "test", measures=Measures(completion_tokens=50, tail_entropy=0.25))
        assert attempted(Scripted([first, last])) == Attempted(3, "boxed", 2, 0.25, 150)

    def test_every_sample_and_turn_has_its_own_seed(self, attempted: Attempt) -> None:
        completer = Scripted(["Hm.", "\\boxed{1}"])
        attempted(completer)
        seeds = [request.sampling.seed for request in completer.asked if request.sampling]
        assert len(set(seeds)) == 2
        assert all(request.sampling and request.sampling.entropy for request in completer.asked)


class TestRemarks:
    """An answer without a box is asked for once more, and counts when no box comes."""

    def test_it_counts_when_no_box_comes(self, attempted: Attempt) -> None:
        assert attempted(Scripted(["The answer is **17**."] * 3)) == Attempted(17, "remark", 3)

    def test_a_box_counts_more(self, attempted: Attempt) -> None:
        assert attempted(Scripted(["The answer is 17.", "\\boxed{18}"])) == Attempted(18, "boxed", 2)

    def test_it_is_forgotten_when_the_model_works_on(self, attempted: Attempt) -> None:
        said = ["The answer is 17?", code("print('x')"), code("print('y')")]
        assert attempted(Scripted(said)) == NoAnswer("turns", 3, "no integer after 3 turns")

    def test_one_that_cannot_be_the_answer_is_none(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted(["The answer is 123456."] * 3))
        assert outcome == NoAnswer("out_of_contract", 3, "123456 lies outside 0..99999")


class TestDeadEnds:
    """Each way to give no integer has its own cause."""

    def test_no_completion_at_all(self, attempted: Attempt) -> None:
        assert attempted(Scripted([])) == NoAnswer("no_completion", 0)

    def test_a_program_that_fails(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("1 / 0")])) == NoAnswer(
            "tool_error", 1, "ZeroDivisionError: division by zero (line 1)"
        )

    def test_a_program_that_does_not_end(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted([code("while True: pass")]))
        assert isinstance(outcome, NoAnswer)
        assert outcome.cause == "tool_timeout"

    def test_a_program_that_prints_no_number(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("print(1.5)")])) == NoAnswer("no_number", 1)

    def test_turns_are_bounded(self, attempted: Attempt) -> None:
        completer = Scripted([code("print('x')")] * 50)
        outcome = attempted(completer)
        assert isinstance(outcome, NoAnswer)
        assert (outcome.cause, outcome.turns, len(completer.asked)) == ("turns", 3, 3)

    def test_requests_for_a_box_are_bounded(self, attempted: Attempt) -> None:
        completer = Scripted(["Hm."] * 50)
        assert attempted(completer, config=replace(CONFIG, turns=50)) == NoAnswer("no_number", 3)

    def test_a_model_that_ends_at_once_each_time(self, attempted: Attempt) -> None:
        assert attempted(Scripted([""] * 50)) == NoAnswer("empty", 3)

    def test_an_integer_out_of_contract_and_no_better_one(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted(["\\boxed{100000}"]))
        assert outcome == NoAnswer("out_of_contract", 1, "100000 lies outside 0..99999")

    def test_what_a_program_printed_is_held_to_the_contract_too(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted([code("print(10**6)")]))
        assert outcome == NoAnswer("out_of_contract", 1, "1000000 lies outside 0..99999")

    @pytest.mark.parametrize("cause", ["engine_died", "context", "refused"])
    def test_what_the_client_says_is_the_cause(self, attempted: Attempt, cause: Any) -> None:
        assert attempted(Scripted([NoCompletion(cause, "why")])) == NoAnswer(cause, 0, "why")

    @pytest.mark.parametrize("cause", ["empty", "bad_header"])
    def test_an_unreadable_turn_is_drawn_again_once(self, attempted: Attempt, cause: Any) -> None:
        unreadable = NoCompletion(cause, "why")
        assert attempted(Scripted([unreadable, "\\boxed{5}"])) == Attempted(5, "boxed", 2)
        assert attempted(Scripted([unreadable] * 3)) == NoAnswer(cause, 1, "why")

    def test_a_deadline_that_passes_between_turns(self, attempted: Attempt) -> None:
        completer = Scripted(["Hm.", "\\boxed{5}"], takes_s=10.0)
        assert attempted(completer, deadline_s=5.0) == NoAnswer("deadline", 1)

    def test_a_deadline_that_passes_keeps_what_a_program_printed(self, attempted: Attempt) -> None:
        completer = Scripted([code("print(8)"), "Hm.", "\\boxed{5}"], takes_s=10.0)
        assert attempted(completer, deadline_s=15.0) == Attempted(8, "tool_output", 2)


class TestLastWord:
    """An attempt that is cut off is asked for its best answer; one that failed is not."""

    @pytest.mark.parametrize(
        ("last", "cramped"), [(cut("so", "deadline"), False), (cut("so", "length"), True)]
    )
    def test_it_counts_before_what_a_program_printed(
        self, attempted: Attempt, last: Completion, cramped: bool
    ) -> None:
        last_word = LastWords(12)
        outcome = attempted(Scripted([code("print(8)"), last]), last_word=last_word)
        assert outcome == Attempted(12, "harvested", 3)
        assert last_word.asked == [(1, cramped)]

    def test_it_is_asked_for_when_the_turns_are_used_up(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted([code("print('x')")] * 9), last_word=LastWords(12))
        assert outcome == Attempted(12, "harvested", 4)

    def test_without_one_the_box_of_an_unfinished_thought_counts(self, attempted: Attempt) -> None:
        last = cut("", "deadline", "so \\boxed{9}, but let me check")
        assert attempted(Scripted([last])) == Attempted(9, "thinking", 1)

    def test_without_anything_the_cause_is_the_cut(self, attempted: Attempt) -> None:
        assert attempted(Scripted([cut("so", "length")])) == NoAnswer("context", 1)
        assert attempted(Scripted([cut("so", "deadline")])) == NoAnswer("deadline", 1)

    def test_one_that_cannot_be_the_answer_is_none(self, attempted: Attempt) -> None:
        outcome = attempted(Scripted([cut("so", "deadline")]), last_word=LastWords(10**6))
        assert outcome == NoAnswer("out_of_contract", 2, "1000000 lies outside 0..99999")

    @pytest.mark.parametrize(
        "last", [NoCompletion("engine_died"), NoCompletion("refused"), NoCompletion("not_recorded")]
    )
    def test_a_model_that_does_not_answer_is_not_asked(self, attempted: Attempt, last: NoCompletion) -> None:
        last_word = LastWords(12)
        attempted(Scripted([code("print('x')"), last]), last_word=last_word)
        assert last_word.asked == []

    def test_an_attempt_that_has_not_said_anything_is_not_asked(self, attempted: Attempt) -> None:
        last_word = LastWords(12)
        assert attempted(Scripted([NoCompletion("context")]), last_word=last_word) == NoAnswer("context", 0)
        assert last_word.asked == []
