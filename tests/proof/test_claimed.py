"""What Lean's verdicts are worth."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.domain import CheckedTo, CompiledTo, Fits, ProvedForAll
from aimo_pipeline.formula import CFinite
from aimo_pipeline.outcome import Compiled, Found, Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.proof.claimed import evidence_of, fewer_compared, worth_compiling
from aimo_pipeline.translate import Statement
from aimo_pipeline.verify.engine import LeanDocument

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


class TestWorthCompiling:
    """Code that Lean compiles is asked once, where the kernel was too slow and the settings allow it."""

    @pytest.mark.parametrize("native", [True, False])
    @pytest.mark.parametrize("verdict", [Unknown("time"), Proved(), Refuted("false"), Compiled()])
    def test_only_where_the_kernel_gave_no_value_and_it_may(self, verdict: Verdict, native: bool) -> None:
        asked = worth_compiling(statement(), {"program": verdict}, VerifyConfig(native=native))
        assert asked == (native and isinstance(verdict, Unknown))

    def test_never_twice(self) -> None:
        again = Statement(LeanDocument((), "", (), frozenset({"program_values"})), NEEDED, 5, 7)
        assert not worth_compiling(again, {"program": Unknown("time")}, VerifyConfig(native=True))
