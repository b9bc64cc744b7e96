"""The real mining process: the same answers as in one's own, and faults that cost one question."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine import CannotEvaluate
from aimo_pipeline.mine.apart import InProcess, MiningProcess
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits

CONFIG = MineConfig()
FIBONACCI = Sequence(0, (0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181))
NO_RULE = Sequence(0, (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4))
CUBED = Sequence(1, tuple(n**3 + n for n in range(1, 25)))
TARGET = (Target(10**18, 99_991),)
INVOLUTIONS = PRecursive(0, ((-1, -1), (-1,), (1,)), (1, 1))
SLOW = (INVOLUTIONS, 10**8, 10**18 + 9)  # more than half a second of multipoint evaluation
TELEPHONE_20 = 23_758_664_096
INVOLUTIONS_FAR = 789_245_628_692_145_390  # by the recurrence, step by step, in C


def limit(seconds: float = 60.0) -> Deadline:
    """That many seconds from now."""
    return Deadline.after(seconds, MonotonicClock())


def run(
    work: Callable[[MiningProcess], Awaitable[Any]], config: MineConfig = CONFIG
) -> tuple[Any, list[str]]:
    """Do it with a process of its own; the result, and what was told to be lost."""
    lost: list[str] = []

    async def main() -> Any:
        async with MiningProcess.opened(config, lost.append) as mining:
            return await work(mining)

    return asyncio.run(main()), lost


async def mined(mining: MiningProcess | InProcess, sequence: Sequence) -> MineOutcome:
    return await mining.mine(sequence, TARGET, deadline=limit())


async def twentieth(mining: MiningProcess) -> int | CannotEvaluate:
    """A small question with a known answer."""
    return await mining.evaluate(INVOLUTIONS, 20, None, deadline=limit())


async def under_way(mining: MiningProcess) -> asyncio.Task[Any]:
    """A long question that the process is at work on."""
    await twentieth(mining)
    task = asyncio.ensure_future(mining.evaluate(*SLOW, deadline=limit()))
    await asyncio.sleep(0.2)
    return task


class TestAnswers:
    """They are those of the same question in one's own process."""

    @pytest.mark.parametrize("sequence", [FIBONACCI, NO_RULE, CUBED], ids=["c-finite", "none", "polynomial"])
    def test_of_mining(self, sequence: Sequence) -> None:
        apart, lost = run(lambda mining: mined(mining, sequence))
        assert apart == asyncio.run(mined(InProcess(CONFIG), sequence))
        assert lost == []

    def test_of_fresh_terms_and_of_far_values(self) -> None:
        async def ask(mining: MiningProcess | InProcess) -> list[Any]:
            rule = await mined(mining, FIBONACCI)
            assert isinstance(rule, Found)
            fresh = ({20: 6_765, 21: 10_946}, {20: 6_765, 21: 10_947})
            held = [await mining.confirm(rule, terms, deadline=limit()) for terms in fresh]
            indices = ((10**18, 10**5), (-1, None), (10**5, None))
            return held + [await mining.evaluate(rule.formula, *at, deadline=limit()) for at in indices]

        apart, lost = run(ask)
        assert apart == asyncio.run(ask(InProcess(CONFIG)))
        assert (apart[3], lost) == (CannotEvaluate("index lies before the rule's first index"), [])

    def test_questions_at_the_same_time_are_answered_each_by_its_own(self) -> None:
        async def ask(mining: MiningProcess) -> list[Any]:
            asked = [mining.evaluate(INVOLUTIONS, n, None, deadline=limit()) for n in range(8)]
            return await asyncio.gather(*asked)

        assert run(ask)[0] == [1, 1, 2, 4, 10, 26, 76, 232]


class TestFaults:
    """Whatever happens to the process costs at most the question that it was at work on."""

    def test_a_value_that_takes_too_long_is_refused_and_the_next_question_answered(self) -> None:
        async def ask(mining: MiningProcess) -> tuple[Any, Any, bool]:
            await twentieth(mining)
            before = mining.pid
            late = await mining.evaluate(*SLOW, deadline=limit(0.2))
            return late, await twentieth(mining), before == mining.pid

        (late, right, same), lost = run(ask)
        assert late == CannotEvaluate("mining ran out of time")
        assert (right, same, lost) == (TELEPHONE_20, False, [])

    def test_a_value_has_its_own_limit_before_the_deadline(self) -> None:
        assert run(twentieth, replace(CONFIG, far_s=0.0))[0] == CannotEvaluate("mining ran out of time")

    def test_a_deadline_ends_the_search_for_a_rule(self) -> None:
        outcome, _ = run(lambda mining: mining.mine(FIBONACCI, TARGET, deadline=limit(0.0)))
        assert outcome == NothingFits("mining ran out of time")

    def test_one_that_is_killed_is_replaced_and_asked_again(self) -> None:
        async def ask(mining: MiningProcess) -> Any:
            task = await under_way(mining)
            assert mining.pid is not None
            os.kill(mining.pid, signal.SIGKILL)
            return await task

        value, lost = run(ask)
        assert value == INVOLUTIONS_FAR
        assert lost == ["the mining process died (exit status -9): "]

    def test_one_that_is_killed_between_questions_is_replaced(self) -> None:
        async def ask(mining: MiningProcess) -> Any:
            await twentieth(mining)
            assert mining.pid is not None
            os.kill(mining.pid, signal.SIGKILL)
            return await twentieth(mining)

        assert run(ask)[0] == TELEPHONE_20

    def test_one_that_dies_of_a_question_each_time_is_told_with_its_last_words(self) -> None:
        async def ask(mining: MiningProcess) -> tuple[Any, Any]:
            no_formula: Any = "a string"
            return await mining.evaluate(no_formula, 5, None, deadline=limit()), await twentieth(mining)

        (refused, right), lost = run(ask)
        said = "the mining process died (exit status 1): AttributeError: 'str' object has no attribute"
        assert isinstance(refused, CannotEvaluate)
        assert refused.reason.startswith(said)
        assert (right, [refused.reason]) == (TELEPHONE_20, lost)

    def test_a_machine_that_starts_no_process_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def none_left(*_: object, **__: object) -> Any:
            raise BlockingIOError("no more processes")

        monkeypatch.setattr(subprocess, "Popen", none_left)
        outcome, _ = run(lambda mining: mined(mining, FIBONACCI))
        assert outcome == NothingFits("no mining process could be started: no more processes")


class TestLife:
    """The process ends with its block, with a question that is cancelled, and with its parent."""

    def test_a_cancelled_question_leaves_no_process_at_work(self, processes: Any) -> None:
        async def ask(mining: MiningProcess) -> Any:
            task = await under_way(mining)
            before = mining.pid
            task.cancel()
            await asyncio.wait({task})
            assert mining.pid is None
            assert before not in processes.children()
            return await twentieth(mining)

        assert run(ask)[0] == TELEPHONE_20

    def test_after_the_block_it_is_gone(self, processes: Any) -> None:
        before = processes.children()
        run(twentieth)
        assert processes.children() <= before

    def test_it_does_not_outlive_a_parent_that_is_killed(self, processes: Any) -> None:
        program = """
            import asyncio, sys
            from aimo_pipeline.config import MineConfig
            from aimo_pipeline.mine.apart import MiningProcess

            async def main():
                async with MiningProcess.opened(MineConfig(), print) as mining:
                    print(mining.pid, flush=True)
                    await asyncio.sleep(600)

            asyncio.run(main())
        """
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
        ) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.kill()
        assert processes.until(lambda: not os.path.exists(f"/proc/{pid}"), 10.0)
