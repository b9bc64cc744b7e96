"""Real failing snippets: each comes back in time with an answer that a model can mend its program by."""

from __future__ import annotations

import asyncio

import pytest

from aimo_pipeline.config import SandboxConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.sandbox import Sandbox
from tests.trace.tool_errors import PATH, Snippet, complaints, outcome_of, same_failure, snippets

_SAMPLE = 60
# Those that were cut off when they were recorded only use up their time here: more of them at once.
_WORKERS, _WORKERS_ON_HANGING = 2, 6
_WALL_S, _SAMPLE_WALL_S = 1.0, 0.5

pytestmark = pytest.mark.skipif(not PATH.is_file(), reason="shared/data/tool_errors.jsonl is not here")


def _sampled() -> list[Snippet]:
    """Spread over the file by the ids, which are hashes, with every class of error."""
    by_id = sorted(snippets(), key=lambda snippet: snippet.id)
    one_of_each = {snippet.error_class: snippet for snippet in by_id}.values()
    return list(dict.fromkeys([*one_of_each, *by_id]))[:_SAMPLE]


async def _outcomes(chosen: list[Snippet], wall_s: float) -> dict[Snippet, RunOutcome]:
    failing = [one for one in chosen if one.error_class]
    hanging = [one for one in chosen if not one.error_class]
    return await _at_once(failing, wall_s, _WORKERS) | await _at_once(hanging, wall_s, _WORKERS_ON_HANGING)


async def _at_once(chosen: list[Snippet], wall_s: float, workers: int) -> dict[Snippet, RunOutcome]:
    waiting, found = iter(chosen), {}
    async with Sandbox.opened(SandboxConfig(slots=workers), clock=MonotonicClock()) as sandbox:

        async def work() -> None:
            for snippet in waiting:
                found[snippet] = await outcome_of(sandbox, snippet, wall_s=wall_s)

        await asyncio.gather(*(work() for _ in range(workers)))
    return found


def _wrong(outcomes: dict[Snippet, RunOutcome]) -> dict[str, list[str]]:
    found = {snippet.id: complaints(snippet, outcome) for snippet, outcome in outcomes.items()}
    return {name: said for name, said in found.items() if said}


class TestRecordedFailures:
    """None hangs or leaks, and none comes back with a message that would not help."""

    def test_a_sample_comes_back_with_answers_that_help(self) -> None:
        assert _wrong(asyncio.run(_outcomes(_sampled(), _SAMPLE_WALL_S))) == {}

    @pytest.mark.slow
    def test_all_of_them_come_back_with_answers_that_help(self) -> None:
        outcomes = asyncio.run(_outcomes(snippets(), _WALL_S))
        whole = [snippet for snippet in outcomes if snippet.whole]
        same = sum(same_failure(snippet, outcomes[snippet]) for snippet in whole)
        assert _wrong(outcomes) == {}
        assert same >= 0.8 * len(whole)


def _snippet(code: str, error_class: str | None = None) -> Snippet:
    return Snippet("", code, (), True, error_class, "", "")


class TestComplaints:
    """What counts as no help, so that the tests above can fail."""

    @pytest.mark.parametrize(
        "outcome",
        [
            Crashed("SyntaxError", "invalid syntax", None, ""),
            Crashed("NameError", "", 1, "", "NameError"),
            Crashed("NameError", "name is not defined", 1, "", "NameError: name is not defined"),
            Crashed("ModuleNotFoundError", "No module named 'other'", 1, "", "ModuleNotFoundError"),
            Crashed("ValueError", "x", 7, "", "ValueError: x"),
            Crashed("ValueError", "x", 1, "", '  File "/x/site-packages/sympy/a.py"\nValueError: x'),
            TimedOut("", "a hint"),
            TimedOut("so far\n", ""),
            Killed("memory", "", ""),
        ],
    )
    def test_an_answer_that_does_not_help_is_seen(self, outcome: RunOutcome) -> None:
        assert complaints(_snippet("x = 1"), outcome)

    @pytest.mark.parametrize(
        "outcome",
        [
            Ran("", None),
            Crashed("NameError", "name 'y' is not defined", 1, "", "NameError: name 'y' is not defined"),
            TimedOut("so far\n", "a hint"),
            Killed("output", "too much", ""),
        ],
    )
    def test_an_answer_that_helps_is_not_complained_of(self, outcome: RunOutcome) -> None:
        assert not complaints(_snippet("x = 1"), outcome)
