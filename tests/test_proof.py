"""What Lean's verdicts are worth, and a Lean that is there only when it can tell true from false."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import Config, VerifyConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import (
    CheckedTo,
    CompiledTo,
    Evidence,
    Fits,
    Problem,
    ProvedForAll,
    Sequence,
    Target,
)
from aimo_pipeline.formula import CFinite
from aimo_pipeline.mine import CannotEvaluate
from aimo_pipeline.mine.apart import InProcess, Mining
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.outcome import Compiled, Found, Proved, Refuted, Rejected, Traced, Unknown, Verdict
from aimo_pipeline.proof import Fitted, Prover, evidence_of, fewer_compared
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.translate import Statement
from aimo_pipeline.verify import ready
from aimo_pipeline.verify.engine import LeanDocument
from aimo_pipeline.verify.ready import Lean
from tests.sandboxed import Shared

MINING = InProcess(Config().mine)
FOUND = Found(CFinite(0, (1, 1), (0, 1)), "c-finite", spare=17)
NEEDED = ("trace", "program", "value")
ALL_PROVED: Mapping[str, Verdict] = dict.fromkeys(NEEDED, Proved())
VERDICTS = st.sampled_from([Proved(), Refuted("false"), Unknown("time"), Rejected("axiom")])


def statement(compared: int = 5, checked_index: int | None = 7) -> Statement:
    return Statement(LeanDocument((), "", ()), NEEDED, compared, checked_index)


class TestEvidenceOf:
    """CheckedTo only for trace, program and value proved with enough indices compared; refuted is nothing."""

    def test_all_proved_is_checked_to_the_last_compared_index(self) -> None:
        assert evidence_of(statement(), ALL_PROVED, FOUND, 3) == CheckedTo(7)

    def test_program_equals_rule_at_every_index_is_proved_for_all(self) -> None:
        verdicts = {**ALL_PROVED, "program_all": Proved()}
        assert evidence_of(statement(), verdicts, FOUND, 3) == ProvedForAll()
        for name in ("trace", "value"):
            assert evidence_of(statement(), {**verdicts, name: Unknown("time")}, FOUND, 3) == Fits(17)
        assert evidence_of(statement(), {**verdicts, "program_all": Unknown("time")}, FOUND, 3) == CheckedTo(
            7
        )
        assert evidence_of(statement(), {**verdicts, "program_all": Refuted("false")}, FOUND, 3) is None

    def test_a_program_that_lean_compiled_is_a_rung_lower(self) -> None:
        verdicts = {**ALL_PROVED, "program": Compiled()}
        assert evidence_of(statement(), verdicts, FOUND, 3) == CompiledTo(7)
        assert evidence_of(statement(2), verdicts, FOUND, 3) == Fits(17)
        assert evidence_of(statement(), {**verdicts, "program_values": Refuted("no")}, FOUND, 3) is None

    @pytest.mark.parametrize("name", ["trace", "value"])
    def test_trace_and_value_are_the_kernel_s_alone(self, name: str) -> None:
        for program in (Proved(), Compiled()):
            verdicts = {**ALL_PROVED, "program": program, name: Compiled()}
            assert evidence_of(statement(), verdicts, FOUND, 3) == Fits(17)
            assert evidence_of(statement(), {**verdicts, "program_all": Proved()}, FOUND, 3) == Fits(17)

    def test_helping_theorems_need_not_be_proved(self) -> None:
        verdicts = {**ALL_PROVED, "closed_form": Unknown("grind gave up")}
        assert evidence_of(statement(), verdicts, FOUND, 3) == CheckedTo(7)

    @pytest.mark.parametrize("name", [*NEEDED, "closed_form", "program_values"])
    def test_anything_refuted_is_no_evidence_at_all(self, name: str) -> None:
        assert evidence_of(statement(), {**ALL_PROVED, name: Refuted("false")}, FOUND, 3) is None

    @pytest.mark.parametrize("name", NEEDED)
    @pytest.mark.parametrize("verdict", [Unknown("time"), Rejected("an axiom")])
    def test_one_that_is_not_proved_leaves_the_fit(self, name: str, verdict: Verdict) -> None:
        assert evidence_of(statement(), {**ALL_PROVED, name: verdict}, FOUND, 3) == Fits(17)

    @pytest.mark.parametrize("name", NEEDED)
    def test_one_without_a_verdict_leaves_the_fit(self, name: str) -> None:
        verdicts = {other: Proved() for other in NEEDED if other != name}
        assert evidence_of(statement(), verdicts, FOUND, 3) == Fits(17)

    def test_a_missing_program_leaves_the_fit(self) -> None:
        without = statement(compared=0, checked_index=None)
        assert evidence_of(without, {"trace": Proved(), "value": Proved()}, FOUND, 3) == Fits(17)
        assert evidence_of(without, ALL_PROVED, FOUND, 0) == Fits(17)

    def test_too_few_compared_indices_leave_the_fit(self) -> None:
        assert evidence_of(statement(compared=2), ALL_PROVED, FOUND, 3) == Fits(17)
        assert evidence_of(statement(compared=3), ALL_PROVED, FOUND, 3) == CheckedTo(7)

    def test_a_rule_that_divides_is_verified_only_where_nothing_was_rounded(self) -> None:
        dividing = Statement(LeanDocument((), "", ()), ("trace", "program", "exact", "value"), 5, 7)
        assert evidence_of(dividing, ALL_PROVED, FOUND, 3) == Fits(17)
        assert evidence_of(dividing, {**ALL_PROVED, "exact": Unknown("time")}, FOUND, 3) == Fits(17)
        assert evidence_of(dividing, {**ALL_PROVED, "exact": Proved()}, FOUND, 3) == CheckedTo(7)

    def test_index_zero_is_an_index(self) -> None:
        assert evidence_of(statement(3, 0), ALL_PROVED, FOUND, 3) == CheckedTo(0)

    @given(
        st.dictionaries(st.sampled_from([*NEEDED, "shape", "closed_form"]), VERDICTS),
        st.integers(0, 6),
        st.none() | st.integers(-3, 30),
    )
    def test_nothing_but_the_rule_decides(
        self, verdicts: Mapping[str, Verdict], compared: int, index: int | None
    ) -> None:
        one = statement(compared, index)
        evidence = evidence_of(one, verdicts, FOUND, 3)
        assert evidence == evidence_of(one, verdicts, FOUND, 3)
        refuted = any(isinstance(verdict, Refuted) for verdict in verdicts.values())
        proved = all(verdicts.get(name) == Proved() for name in NEEDED)
        checked = proved and compared >= 3 and index is not None
        expected = None if refuted else CheckedTo(index) if checked and index is not None else Fits(17)
        assert evidence == expected


class TestFewerCompared:
    """Where only the program gave no value, it is compared at fewer indices, as long as these are enough."""

    config = VerifyConfig(min_compared=3, fewer_compared=4)

    @pytest.mark.parametrize(("compared", "fewer"), [(64, 16), (16, 4), (13, 3), (4, 3), (3, 0), (0, 0)])
    def test_a_program_without_a_value_is_compared_at_fewer(self, compared: int, fewer: int) -> None:
        verdicts = {**ALL_PROVED, "program": Unknown("no value")}
        assert fewer_compared(statement(compared), verdicts, self.config) == fewer

    @pytest.mark.parametrize("name", ["trace", "value"])
    def test_nothing_is_tried_again_where_more_is_missing(self, name: str) -> None:
        verdicts = {**ALL_PROVED, "program": Unknown("no value"), name: Unknown("time")}
        assert fewer_compared(statement(64), verdicts, self.config) == 0

    @pytest.mark.parametrize("verdict", [Proved(), Refuted("false"), Rejected("axiom"), Compiled()])
    def test_nothing_is_tried_again_where_lean_said_something(self, verdict: Verdict) -> None:
        assert fewer_compared(statement(64), {**ALL_PROVED, "program": verdict}, self.config) == 0


class FakeEngine:
    """Gives every theorem the verdict that `verdicts` has for its name; "hang" never answers."""

    name = "fake"
    lost: Callable[[str, str], None]

    def __init__(self, verdicts: Mapping[str, Verdict] | str) -> None:
        self.verdicts = verdicts

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        if isinstance(self.verdicts, str):
            await asyncio.Event().wait()
            raise AssertionError
        return {theorem.name: self.verdicts[theorem.name] for theorem in document.theorems}


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


SINGING = {"canary_true": Proved(), "canary_false": Refuted("false")}


class TestLean:
    """An engine is used only when it proved the true canary, refuted the false one, and did so in time."""

    def engine(self, path: Path, engine: FakeEngine | None, monkeypatch: Any, wait_s: float = 5.0) -> object:
        """What a Lean with this engine hands out; None: settings that switch Lean off."""

        @asynccontextmanager
        async def open_fake(
            config: VerifyConfig, clock: MonotonicClock, lost: Callable[[str, str], None]
        ) -> AsyncIterator[FakeEngine]:
            assert engine is not None
            engine.lost = lost
            yield engine

        if engine is not None:
            monkeypatch.setattr(ready, "open_engine", open_fake)

        async def ask() -> object:
            clock = MonotonicClock()
            with Journal.open(path, clock) as journal:
                async with Lean.opened(VerifyConfig(engine="off"), journal=journal, clock=clock) as lean:
                    return await lean.engine(Deadline.after(wait_s, clock))

        return asyncio.run(ask())

    def test_one_that_tells_true_from_false_is_used(self, tmp_path: Path, monkeypatch: Any) -> None:
        engine = FakeEngine(SINGING)
        assert self.engine(tmp_path / "j", engine, monkeypatch) is engine
        *kept, ready = read_journal(tmp_path / "j")
        assert ready["type"] == "EngineReady"
        assert ready["library"]["TraceToLean/Far.lean"] in {record["digest"] for record in kept}

    @pytest.mark.parametrize(
        "verdicts",
        [
            {"canary_true": Proved(), "canary_false": Proved()},
            {"canary_true": Unknown("no"), "canary_false": Refuted("false")},
            {"canary_true": Proved(), "canary_false": Unknown("no")},
        ],
    )
    def test_one_that_does_not_is_never_used(
        self, tmp_path: Path, monkeypatch: Any, verdicts: Mapping[str, Verdict]
    ) -> None:
        assert self.engine(tmp_path / "j", FakeEngine(verdicts), monkeypatch) is None
        [record] = read_journal(tmp_path / "j")
        assert (record["type"], record["engine"]) == ("EngineMissing", "fake")

    def test_a_lost_process_is_told_with_its_engine_s_name(self, tmp_path: Path, monkeypatch: Any) -> None:
        class Losing(FakeEngine):
            async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
                self.lost("official", "killed")
                return await super().check(document, deadline=deadline)

        self.engine(tmp_path / "j", Losing(SINGING), monkeypatch)
        lost, *_ = read_journal(tmp_path / "j")
        assert (lost["type"], lost["engine"], lost["reason"]) == ("LeanLost", "official", "killed")

    def test_one_that_is_not_ready_by_the_deadline_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: Any
    ) -> None:
        assert self.engine(tmp_path / "j", FakeEngine("hang"), monkeypatch, wait_s=0.1) is None

    def test_a_machine_without_lean_says_so_and_goes_on(self, tmp_path: Path, monkeypatch: Any) -> None:
        assert self.engine(tmp_path / "j", None, monkeypatch) is None
        [record] = read_journal(tmp_path / "j")
        assert (record["type"], record["engine"]) == ("EngineMissing", "off")
