"""A fitted rule's way to Lean: what Python itself says comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Evidence, Fits, Problem, ProvedForAll, Sequence, Target
from aimo_pipeline.formula import CFinite
from aimo_pipeline.mine import CannotEvaluate
from aimo_pipeline.mine.apart import InProcess, Mining
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.outcome import Found, Proved, Traced, Verdict
from aimo_pipeline.proof import Fitted, Prover
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.engine import LeanDocument
from aimo_pipeline.verify.ready import Lean
from tests.sandboxed import Shared

MINING = InProcess(Config().mine)
FOUND = Found(CFinite(0, (1, 1), (0, 1)), "c-finite", spare=17)


class Credulous:
    """Proves whatever it is asked."""

    name = "credulous"

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        return {theorem.name: Proved() for theorem in document.theorems}


class TestProver:
    """Lean's word is on the program as compiled; what Python itself gives at those indices comes first."""

    def evidence(self, path: Path, shared: Shared, body: str, mining: Mining = MINING) -> Evidence | None:
        """What is said of the Fibonacci rule behind the first terms of a program."""
        source = f"FIRST = 0\nTARGET = 10 ** 18\nMODULUS = 97\n{body}"
        traced = Traced(Sequence(0, (0, 1, 1, 2, 3, 5)), Target(10**18, 97), source)
        clock = MonotonicClock()

        async def ask(sandbox: Sandbox) -> Evidence | None:
            async def ready() -> Credulous:
                return Credulous()

            with Journal.open(path, clock) as journal:
                prover = Prover(
                    Config(),
                    mining=mining,
                    lean=Lean(asyncio.create_task(ready())),
                    sandbox=sandbox,
                    journal=journal,
                    clock=clock,
                    checking=nullcontext,
                )
                fitted = Fitted(0, traced, FOUND, 5)
                return await prover.evidence(Problem("p", ""), fitted, deadline=Deadline.after(60.0, clock))

        return shared.do(ask)

    BODY = """
def a(n):
    x, y = 0, 1
    for _ in range(n):
        x, y = y, x + y
    return x
"""

    def test_a_program_that_goes_with_the_rule_is_asked_about(
        self, tmp_path: Path, shared_sandbox: Shared
    ) -> None:
        assert self.evidence(tmp_path / "j", shared_sandbox, self.BODY) == ProvedForAll()

    def test_one_that_departs_from_it_is_no_evidence_whatever_lean_says(
        self, tmp_path: Path, shared_sandbox: Shared
    ) -> None:
        departs = self.BODY.replace("return x", "return x if n < 9 else x + 1")
        assert self.evidence(tmp_path / "j", shared_sandbox, departs) is None
        kinds = [record for record in read_journal(tmp_path / "j") if record["type"] == "StageFailed"]
        assert [one["message"] for one in kinds] == ["the program's a(9) is not the rule's"]

    def test_one_that_could_not_be_held_to_it_is_not_asked_about(
        self, tmp_path: Path, shared_sandbox: Shared
    ) -> None:
        class Lost(InProcess):
            async def confirm(self, *_: object, **__: object) -> CannotEvaluate:
                return CannotEvaluate("the mining process died")

        lost = Lost(Config().mine)
        assert self.evidence(tmp_path / "j", shared_sandbox, self.BODY, lost) == Fits(FOUND.spare)
