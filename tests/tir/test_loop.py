"""One attempt of tool-integrated reasoning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from aimo_pipeline.config import LimitsConfig, TirConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Crashed, NoAnswer, Ran
from aimo_pipeline.tir.loop import attempt, harvest
from tests.sandboxed import Shared

CONFIG = TirConfig(turns=3, cell_s=1.0, limits=LimitsConfig(memory_bytes=1 << 30))


def code(body: str) -> str:
    """A completion that holds one program."""
    return f"Let us compute.\n```python\n{body}\n```\n"


@dataclass
class Scripted:
    """A completer that gives its texts turn by turn, taking `takes_s` on the clock for each."""

    texts: list[str]
    takes_s: float = 0.0
    asked: list[CompletionRequest] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The text of the turn, or none."""
        self.asked.append(request)
        await deadline.clock.sleep(self.takes_s)
        texts = self.texts[request.turn : request.turn + 1]
        return Completion(texts[0], "test") if texts else NoCompletion("not_recorded")


Attempt = Callable[..., AttemptOutcome]


@pytest.fixture
def attempted(shared_sandbox: Shared) -> Attempt:
    """The outcome of one attempt."""

    def go(completer: Scripted, *, deadline_s: float = 1000.0, config: TirConfig = CONFIG) -> AttemptOutcome:
        return asyncio.run(
            attempt(
                Problem("p", "What?"),
                sample=1,
                completer=completer,
                sandbox=shared_sandbox,
                deadline=Deadline.after(deadline_s, FakeClock()),
                config=config,
            )
        )

    return go


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

    def test_turns_are_bounded(self, attempted: Attempt) -> None:
        completer = Scripted(["Hm."] * 50)
        assert attempted(completer) == NoAnswer("no_number", 3)
        assert len(completer.asked) == 3


class TestDeadEnds:
    """Each way to give no integer has its own cause."""

    def test_no_completion_at_all(self, attempted: Attempt) -> None:
        assert attempted(Scripted([])) == NoAnswer("no_completion", 0)

    def test_a_program_that_fails(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("1 / 0")])) == NoAnswer(
            "tool_error", 1, "ZeroDivisionError: division by zero (line 1)"
        )

    def test_a_program_that_prints_no_number(self, attempted: Attempt) -> None:
        assert attempted(Scripted([code("print(1.5)")])) == NoAnswer("no_number", 1)

    def test_a_deadline_that_passes_between_turns(self, attempted: Attempt) -> None:
        completer = Scripted(["Hm.", "\\boxed{5}"], takes_s=10.0)
        assert attempted(completer, deadline_s=5.0) == NoAnswer("deadline", 1)

    def test_a_deadline_that_passes_keeps_what_a_program_printed(self, attempted: Attempt) -> None:
        completer = Scripted([code("print(8)"), "Hm.", "\\boxed{5}"], takes_s=10.0)
        assert attempted(completer, deadline_s=15.0) == Attempted(8, "tool_output", 2)


class TestHarvest:
    """The last line of the last program that ended well, if it is one integer and nothing else."""

    def test_a_failed_program_is_passed_over(self) -> None:
        assert harvest([Ran("5\n"), Crashed("ValueError", "", 1, "6\n")]) == 5

    def test_only_the_last_good_program_counts(self) -> None:
        assert harvest([Ran("5\n"), Ran("no\n")]) is None

    @pytest.mark.parametrize("stdout", ["", "x 5\n", "5 6\n", "5.0\n", "(5, 6)\n"])
    def test_a_line_that_is_not_a_lone_integer_gives_none(self, stdout: str) -> None:
        assert harvest([Ran(stdout)]) is None

    def test_a_value_counts_as_the_last_line(self) -> None:
        assert harvest([Ran("no\n", "5")]) == 5
        assert harvest([Ran("5\n", "no")]) is None

    def test_nothing_ran_gives_none(self) -> None:
        assert harvest([]) is None
