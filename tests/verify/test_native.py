"""What Lean's compiler and not its kernel settles: `native_decide`, in a real Lean, on our own library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from aimo_pipeline.domain import Answer, CompiledTo, Problem
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Compiled, Proved, Unknown, Unsupported, Verdict
from aimo_pipeline.translate import CompiledProgram, compile_program
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, LeanDocument, Theorem, natively
from aimo_pipeline.verify.ready import Lean
from tests.lean import LONG_CHECK_S, RealLean
from tests.sandboxed import Shared
from tests.translate.claims import Claim, claims_document, forms, settled_by_code
from tests.translate.constructs import TRAPS, WRITTEN_OUT
from tests.translate.random_programs.outcomes import outcome
from tests.world import ANSWER, CONFIG, TEXT, TILINGS, World, block, recorded

Ask = Callable[[LeanDocument], Mapping[str, Verdict]]

# The kernel would take minutes.
COUNTED = """def a(n):
    s, i = n, 0
    while i < 200_000:
        s = (3 * s + i) % 1_000_007
        i += 1
    return s
"""
LISTED = """def a(n):
    found = [1, n + 1]
    for i in range(2, 2_000):
        found.append((found[i - 1] + found[i - 2]) % 1009)
    return sum(found)
"""
# What is not taken would take for ever.
BRANCHES = """def deep(k):
    return 1 if k < 2 else deep(k - 1) + deep(k - 2)

def a(n):
    if n < 0:
        return deep(90)
    total = 0 if n < 5 else deep(91)
    return total + (n < 7 or deep(92)) + sum(1 for i in range(n) if i < 9 or deep(93))
"""

# 20,000 turns that change nothing, before each value.
LONG = """    s = 0
    for i in range(20_000):
        s = (3 * s + 7 * i) % 11 % (s + 1)
    x, y = 1 + s - s, 1
"""


@pytest.fixture
def ask(compiling_lean: RealLean) -> Ask:
    """Lean's verdicts on a document."""

    def check(document: LeanDocument) -> Mapping[str, Verdict]:
        engine, deadline = compiling_lean.engine, compiling_lean.deadline(LONG_CHECK_S)
        return compiling_lean.run(engine.check(document, deadline=deadline))

    return check


def compiled(source: str) -> CompiledProgram:
    program = compile_program(source)
    assert isinstance(program, CompiledProgram)
    return program


def values(source: str, count: int) -> tuple[int, ...]:
    names: dict[str, Callable[[int], int]] = {}
    exec(source, names)
    return tuple(int(names["a"](n)) for n in range(count))


@pytest.mark.lean
class TestCompiledPrograms:
    """A compiled program gives what Python gives, also where that takes too long for the kernel."""

    @pytest.mark.parametrize("source", [COUNTED, LISTED, BRANCHES], ids=["counted", "listed", "branches"])
    def test_far_more_steps_than_the_kernel_follows(self, ask: Ask, source: str) -> None:
        document = claims_document([Claim(compiled(source), values(source, 3))])
        assert isinstance(ask(settled_by_code(document))["claim0"], Compiled)

    def test_another_value_is_never_accepted(self, ask: Ask) -> None:
        first, second, third = values(COUNTED, 3)
        document = claims_document([Claim(compiled(COUNTED), (first, second, third + 1))])
        assert isinstance(ask(settled_by_code(document))["claim0"], Unknown)

    def test_each_construct_of_the_subset(self, ask: Ask) -> None:
        claims, written = [], {**WRITTEN_OUT, **TRAPS}
        for source in written.values():
            found, made = outcome(source, range(4), 10_000), forms(source)
            if found is not None and not isinstance(made, Unsupported):
                claims += [Claim(form, found.values, raises=found.raised is not None) for form in made]
        assert len(claims) > len(written) / 2
        told = list(ask(settled_by_code(claims_document(claims))).values())
        # Some give no value where Python does, in the kernel as well.
        assert sum(isinstance(verdict, Compiled) for verdict in told) > 0.9 * len(claims), told


@pytest.mark.lean
class TestWhatRestsOnCode:
    """Only what the kernel accepted without it is Proved."""

    def test_the_axiom_tells(self, ask: Ask) -> None:
        program = compiled(COUNTED)
        claim = claims_document([Claim(program, values(COUNTED, 2))])
        rest = (
            Theorem("user", claim.theorems[0].statement, "claim0"),
            Theorem("apart", "rule [1, 1] [0, 1] 10 = 55", "by decide +kernel"),
        )
        document = LeanDocument(LIBRARY_IMPORTS, claim.definitions, (*claim.theorems, *rest))
        told = ask(natively(document, "claim0"))
        assert isinstance(told["claim0"], Compiled) and told["claim0"].axioms
        assert isinstance(told["user"], Compiled)
        assert isinstance(told["apart"], Proved)

    def test_nothing_else_may_use_it(self, ask: Ask) -> None:
        document = LeanDocument(LIBRARY_IMPORTS, "", (Theorem("one", "1 + 1 = 2", "by native_decide"),))
        assert not isinstance(ask(document)["one"], Proved | Compiled)


@pytest.mark.lean
class TestAnAnswer:
    """Where the kernel is too slow for a trace program, an answer rests on compiled code, and says so."""

    def test_a_program_with_long_loops(
        self, compiling_lean: RealLean, shared_sandbox: Shared, tmp_path: Path
    ) -> None:
        slow = TILINGS.replace("    x, y = 1, 1\n", LONG)
        config = replace(CONFIG, verify=compiling_lean.config, trace=replace(CONFIG.trace, wall_s=10.0))
        world, clock = World(tmp_path, shared_sandbox), compiling_lean.clock

        async def solved() -> Answer:
            with Journal.open(world.path, clock) as journal:
                lean = Lean(asyncio.create_task(asyncio.sleep(0, compiling_lean.engine)))
                solver = world.with_lean(config, recorded(TEXT, trace=(block(slow),)), lean, journal)
                return await solver.solve(Problem("p", TEXT), deadline=compiling_lean.deadline())

        answer = compiling_lean.run(solved())
        assert answer.value == ANSWER
        assert isinstance(answer.evidence, CompiledTo), answer
        assert answer.path.endswith("lean-compiled")
