"""The public notebooks' policy and ours on the same scripted attempts, over the same fake server.

Run from the repository's root: python -m tests.bench.policies

Each scenario is one fault or one temptation that is known from public notebooks, and some in which ours is no
better or worse; so the count of right answers says nothing about a contest, the table says which is which.
Neither policy traces here: only attempts are compared.
"""

# ruff: noqa: T201

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.config import (
    BudgetConfig,
    Config,
    Effort,
    EffortConfig,
    LimitsConfig,
    LlmConfig,
    SandboxConfig,
    TirConfig,
    VerifyConfig,
)
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.mine.apart import InProcess
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.pipeline import Solver
from tests.bench.notebook_policy import answered
from tests.llm.fake_openai import Reply
from tests.llm.scripted_model import (
    Script,
    ScriptedModel,
    boxed,
    drops,
    empty,
    fenced,
    says,
    slow,
    thinks_on,
)
from tests.llm.served import QUICK, no_lean, served
from tests.sandboxed import Shared

AT_ONCE = 4
SHORT_S = 10.0
LONG_S = 60.0
LATER_S = 1.0  # a second round is begun with so much time left
EFFORT = Effort("bench", 0, 0.0, 8, 16, "high", 0, False, alongside=True)
CONFIG = Config(
    budget=BudgetConfig(answer_reserve_s=0.2),
    verify=VerifyConfig(engine="off"),
    effort=EffortConfig(((0.0, EFFORT),), 1.0),
    llm=LlmConfig(client=QUICK),
    tir=TirConfig(cell_s=20.0, limits=LimitsConfig(memory_bytes=1 << 30), round_s=LATER_S),
)


@dataclass(frozen=True)
class Scenario:
    """Eight scripted attempts at one problem.

    Attributes:
        name: what happens.
        text: the problem.
        right: its answer.
        script: what each sample says.
        theirs, ours: what the policies are expected to answer; a test holds them to it.
        grant_s: time for the problem.
    """

    name: str
    text: str
    right: int
    script: Script
    theirs: int
    ours: int
    grant_s: float = LONG_S


def attempts(*replies: Sequence[Reply] | Reply, **more: Sequence[Reply]) -> Script:
    """Samples in order; `h3=...` is the last word of sample 3, `s9=...` sample 9."""
    script: dict[tuple[str, int], Sequence[Reply]] = {}
    for sample, reply in enumerate(replies):
        script["tir", sample] = reply if isinstance(reply, Sequence) else [reply]
    for name, said in more.items():
        script["harvest" if name[0] == "h" else "tir", int(name[1:])] = said
    return script


def all_say(*values: int | str) -> list[Reply]:
    """One box each."""
    return [says(boxed(value)) for value in values]


PLAIN = "What is it?"
REMAINDER = "What is the remainder when $N$ is divided by $1000$?"
FRACTION = "The probability is $\\frac{p}{q}$ with coprime $p$ and $q$. Find $p+q$."
UNFINISHED = {f"h{sample}": [says(boxed(42))] for sample in range(2, 8)}

SCENARIOS = (
    Scenario("all agree", PLAIN, 42, attempts(*all_say(*[42] * 8)), 42, 42),
    Scenario("a clear majority", PLAIN, 42, attempts(*all_say(42, 7, 42, 42, 8, 42, 42, 42)), 42, 42),
    Scenario(
        "programs, one of them mended",
        PLAIN,
        42,
        attempts(
            *[[says(fenced("print(6 * 7)")), says(boxed(42))]] * 3,
            [says(fenced("1 / 0")), says(fenced("print(42)")), says(boxed(42))],
            *all_say(1, 2, 3, 4),
        ),
        42,
        42,
    ),
    Scenario(
        "most are unfinished at the deadline",
        PLAIN,
        42,
        attempts(*all_say(7, 8), *[[says("Hm."), thinks_on(0.05)]] * 6, **UNFINISHED),
        8,
        42,
        SHORT_S,
    ),
    Scenario(
        "a remainder is asked for, some give the number itself",
        REMAINDER,
        456,
        attempts(*all_say(123_456, 123_456, 123_456, 456, 456, 77, 88, 99)),
        23_456,
        456,
    ),
    Scenario(
        "four equal answers that can't be one",
        PLAIN,
        17,
        attempts(*all_say(100_000, 100_000, 100_000, 100_000), *[slow(boxed(17), 0.05)] * 4),
        0,
        17,
    ),
    Scenario(
        "the fraction in place of the sum of its terms",
        FRACTION,
        7,
        attempts(*all_say(*["\\frac{3}{4}"] * 5), *all_say(12, 12, 12)),
        12,
        7,
    ),
    Scenario(
        "a number boxed while thinking, and taken back",
        PLAIN,
        42,
        attempts(*[says(boxed(42), thinking="maybe \\boxed{13}; no, that fails")] * 8),
        13,
        42,
    ),
    Scenario(
        "six are empty at first", PLAIN, 42, attempts(*all_say(7, 8), *[[empty(), *all_say(42)]] * 6), 8, 42
    ),
    Scenario(
        "connections break",
        PLAIN,
        42,
        attempts(*[[drops("So "), *all_say(42)]] * 8),
        42,
        42,
    ),
    Scenario(
        "no two agree, a second look settles it",
        PLAIN,
        42,
        attempts(
            *all_say(1, 2, 3, 4, 5, 6, 42, 98),
            **{f"s{sample}": all_say(42) for sample in range(8, 12)},
        ),
        98,
        42,
    ),
    Scenario("two against two, by size", PLAIN, 7, attempts(*all_say(7, 98, 7, 98, 1, 2, 3, 4)), 98, 7),
    Scenario("two against two, by chance", PLAIN, 98, attempts(*all_say(7, 98, 7, 98, 1, 2, 3, 4)), 98, 7),
    Scenario(
        "right while thinking, spoilt at the end",
        PLAIN,
        13,
        attempts(*[says(boxed(42), thinking="it is \\boxed{13}")] * 8),
        13,
        42,
    ),
    Scenario("wrong with one voice", PLAIN, 42, attempts(*all_say(*[7] * 7, 42)), 7, 7),
    Scenario("silence", PLAIN, 42, attempts(), 0, 0),
)


@dataclass(frozen=True)
class Given:
    """What one policy gave, and with how many requests."""

    value: int
    requests: int


async def theirs(scenario: Scenario, sandbox: Any, journal: Journal) -> Given:
    """The notebooks' policy on a scenario."""
    model, clock = ScriptedModel(scenario.script), MonotonicClock()
    async with served(model, journal) as completer:
        value = await answered(
            Problem("p", scenario.text),
            completer=completer,
            sandbox=sandbox,
            deadline=Deadline.after(scenario.grant_s, clock),
            config=CONFIG.tir,
        )
        return Given(value, len(model.asked))


async def ours(scenario: Scenario, sandbox: Any, journal: Journal) -> Given:
    """Our policy on a scenario."""
    model, clock = ScriptedModel(scenario.script), MonotonicClock()
    async with served(model, journal) as completer:
        solver = Solver(
            CONFIG,
            completer=completer,
            mining=InProcess(CONFIG.mine),
            lean=no_lean(),
            sandbox=sandbox,
            journal=journal,
            clock=clock,
        )
        deadline = Deadline.after(scenario.grant_s, clock)
        answer = await solver.solve(Problem("p", scenario.text), deadline=deadline)
        return Given(answer.value, len(model.asked))


async def both(scenario: Scenario, sandbox: Any, journal: Journal) -> tuple[Given, Given]:
    """The two policies on the same script."""
    return await theirs(scenario, sandbox, journal), await ours(scenario, sandbox, journal)


async def all_of_them(scenarios: Sequence[Scenario], sandbox: Any, folder: Path) -> list[tuple[Given, Given]]:
    """The scenarios, some at once, since most of their time is waiting."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(scenario: Scenario, journal: Journal) -> tuple[Given, Given]:
        async with turns:
            return await both(scenario, sandbox, journal)

    with Journal.open(folder / "journal.jsonl", MonotonicClock()) as journal:
        return await asyncio.gather(*(in_turn(one, journal) for one in scenarios))


def main() -> None:
    shared = Shared(SandboxConfig(slots=AT_ONCE, spares=0))
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(all_of_them(SCENARIOS, shared, Path(folder)))
    shared.close()
    print(f"{'scenario':<55} {'right':>6} {'theirs':>7} {'ours':>7}   requests of each")
    right = [0, 0]
    for one, pair in zip(SCENARIOS, found, strict=True):
        right = [total + (given.value == one.right) for total, given in zip(right, pair, strict=True)]
        values = " ".join(f"{given.value:>7}" for given in pair)
        requests = " ".join(f"{given.requests:3d}" for given in pair)
        print(f"{one.name:<55} {one.right:>6} {values}   {requests}")
    print(f"{'right':<55} {len(SCENARIOS):>6} {right[0]:>7} {right[1]:>7}")


if __name__ == "__main__":
    main()
