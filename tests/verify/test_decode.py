"""From Lean's messages to verdicts, on messages as the real Lean 4.28 wrote them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.outcome import Compiled, Proved, Refuted, Rejected, Unknown
from aimo_pipeline.verify.decode import Message, decode, read_messages
from aimo_pipeline.verify.document import SENTINEL_REPLY, LeanDocument, Rendered, Theorem, natively, render

DOCUMENT = LeanDocument(
    ("TraceToLean.Sequence",),
    "def f : Nat := 1\n",
    (
        Theorem("first", "1 = 1", "rfl"),
        Theorem("second", "1 = 1", "by\n  rfl"),
        Theorem("third", "1 = 1", "first"),
    ),
)
FALSE = "Tactic `decide` proved that the proposition\n  1 = 2\nis false"


def rendered(document: LeanDocument = DOCUMENT, *, print_axioms: bool = False) -> Rendered:
    text = render(document, print_axioms=print_axioms)
    assert isinstance(text, Rendered)
    return text


def end(whole: Rendered) -> Message:
    return Message("information", whole.last_line, SENTINEL_REPLY)


def verdicts(*messages: Message, status: int = 1) -> list[object]:
    whole = rendered()
    return list(decode(DOCUMENT, whole, [*messages, end(whole)], status).values())


def error(name: str, text: str, *, offset: int = 0) -> Message:
    return Message("error", rendered().spans[name][0] + offset, text)


class TestDecode:
    """Proved needs the end of the document, no error anywhere near, and only proved theorems underneath."""

    def test_silence_up_to_the_end_is_proof(self) -> None:
        assert verdicts(status=0) == [Proved(), Proved(), Proved()]

    def test_a_decide_that_came_out_false_refutes(self) -> None:
        assert verdicts(error("second", FALSE)) == [
            Proved(),
            Refuted("Tactic `decide` proved that the proposition 1 = 2 is false"),
            Proved(),
        ]

    def test_an_error_on_a_later_line_of_a_theorem_is_its_own(self) -> None:
        assert isinstance(verdicts(error("second", "unsolved goals\n⊢ True", offset=1))[1], Unknown)

    def test_a_refutation_next_to_another_error_is_unknown(self) -> None:
        second = verdicts(error("second", FALSE), error("second", "type mismatch", offset=1))[1]
        assert second == Unknown("type mismatch")

    def test_users_of_a_failed_theorem_are_unknown(self) -> None:
        assert verdicts(error("first", FALSE))[2] == Unknown("depends on first, which is not proved")

    def test_an_error_outside_every_theorem_makes_all_unknown(self) -> None:
        assert (
            verdicts(Message("error", 4, "Unknown identifier `x`"))
            == [Unknown("line 4: Unknown identifier `x`")] * 3
        )

    def test_a_parse_error_makes_all_unknown(self) -> None:
        text = "unexpected token 'theorem'; expected ')'"
        assert all(isinstance(verdict, Unknown) for verdict in verdicts(error("second", text)))

    def test_sorry_is_rejected_and_so_are_its_users_not_proved(self) -> None:
        warning = Message("warning", rendered().spans["first"][0], "declaration uses `sorry`", "hasSorry")
        first, second, third = verdicts(warning, status=0)
        assert isinstance(first, Rejected)
        assert second == Proved()
        assert isinstance(third, Unknown)

    def test_sorry_in_a_definition_rejects_all(self) -> None:
        found = verdicts(Message("warning", 4, "declaration uses `sorry`", "hasSorry"), status=0)
        assert all(isinstance(verdict, Rejected) for verdict in found)

    @pytest.mark.parametrize("status", [-9, 134, 70])
    def test_a_crash_after_the_end_proves_nothing(self, status: int) -> None:
        assert all(isinstance(verdict, Unknown) for verdict in verdicts(status=status))

    def test_a_missing_end_proves_nothing(self) -> None:
        found = decode(DOCUMENT, rendered(), [], 0)
        assert set(found.values()) == {Unknown("Lean did not reach the end of the document (exit status 0)")}

    def test_the_end_counts_only_on_its_own_line(self) -> None:
        found = decode(DOCUMENT, rendered(), [Message("information", 4, SENTINEL_REPLY)], 0)
        assert all(isinstance(verdict, Unknown) for verdict in found.values())

    @given(
        st.lists(
            st.builds(
                Message,
                st.sampled_from(["error", "warning", "information"]),
                st.integers(0, 12),
                st.sampled_from([FALSE, "type mismatch", "declaration uses `sorry`", SENTINEL_REPLY, ""]),
            )
        ),
        st.integers(-15, 140),
    )
    def test_no_theorem_with_an_error_in_it_is_proved(self, messages: list[Message], status: int) -> None:
        whole = rendered()
        found = decode(DOCUMENT, whole, messages, status)
        for name, (first, last) in whole.spans.items():
            if any(m.severity == "error" and first <= m.line <= last for m in messages):
                assert not isinstance(found[name], Proved)


class TestAxioms:
    """With an engine that prints axioms, each theorem's must be among the three usual ones."""

    def found(self, reply: str | None) -> object:
        document = LeanDocument((), "", (Theorem("one", "1 = 1", "rfl"),))
        whole = rendered(document, print_axioms=True)
        line = whole.axiom_lines["one"]
        replies = [] if reply is None else [Message("information", line, reply)]
        return decode(document, whole, [*replies, end(whole)], 0)["one"]

    def test_the_usual_axioms_are_allowed(self) -> None:
        usual = ("Classical.choice", "Quot.sound", "propext")
        assert self.found("'one' depends on axioms: [propext, Classical.choice, Quot.sound]") == Proved(usual)

    def test_none_at_all_is_told_apart_from_not_known(self) -> None:
        assert self.found("'one' does not depend on any axioms") == Proved(())

    @pytest.mark.parametrize(
        "reply",
        [
            "'one' depends on axioms: [propext, sorryAx]",
            "'one' depends on axioms: [Lean.ofReduceBool]",
            "'two' does not depend on any axioms",
            "something else",
            None,
        ],
    )
    def test_anything_else_is_rejected(self, reply: str | None) -> None:
        assert isinstance(self.found(reply), Rejected)


NATIVE = natively(
    LeanDocument(
        (),
        "",
        (
            Theorem("fast", "1 = 1", "by decide +kernel"),
            Theorem("user", "1 = 1", "fast"),
            Theorem("other", "1 = 1", "rfl"),
        ),
    ),
    "fast",
)
EVALUATION = "fast._native.native_decide.ax_1_1"


class TestCompiled:
    """What compiled code settled is never Proved, nor is what rests on it; and it is allowed by name only."""

    def found(self, *axioms: str) -> list[object]:
        """Of fast, user and other, each with these axioms; without any: of an engine that prints none."""
        whole = rendered(NATIVE, print_axioms=bool(axioms))
        replies = [
            Message("information", line, f"'{name}' depends on axioms: [{axiom}]")
            for axiom, (name, line) in zip(axioms, whole.axiom_lines.items(), strict=True)
        ]
        return list(decode(NATIVE, whole, [*replies, end(whole)], 0).values())

    def test_the_axiom_of_its_own_evaluation_is_allowed_and_told(self) -> None:
        fast, user, other = self.found(EVALUATION, f"propext, {EVALUATION}", "propext")
        assert (fast, user) == (Compiled((EVALUATION,)), Compiled((EVALUATION, "propext")))
        assert other == Proved(("propext",))

    def test_without_axioms_the_names_tell(self) -> None:
        assert self.found() == [Compiled(), Compiled(), Proved()]

    def test_the_axiom_tells_where_no_name_does(self) -> None:
        assert self.found("propext", "propext", EVALUATION)[2] == Compiled((EVALUATION,))

    def test_the_name_tells_where_no_axiom_does(self) -> None:
        assert self.found("propext", "propext", "propext")[:2] == [Compiled(("propext",))] * 2

    @pytest.mark.parametrize(
        "axiom",
        [
            "other._native.native_decide.ax_1_1",
            "fast._native.bv_decide.ax_1",
            "x.fast._native.native_decide.ax_1",
            "fast._native.native_decide.ax_1.cheat",
            "fast._native.native_decide.cheat",
            "Lean.ofReduceNat",
            f"{EVALUATION}, sorryAx",
            "Lean.ofReduceBool, sorryAx",
        ],
    )
    def test_no_other_axiom_is(self, axiom: str) -> None:
        assert isinstance(self.found(axiom, "propext", "propext")[0], Rejected)

    def test_before_lean_4_29_all_evaluations_are_one_axiom(self) -> None:
        one = "Lean.ofReduceBool"
        fast, user, other = self.found(f"{one}, Lean.trustCompiler", f"propext, {one}", "propext")
        assert (fast, user) == (Compiled((one, "Lean.trustCompiler")), Compiled((one, "propext")))
        assert other == Proved(("propext",))

    @pytest.mark.parametrize("axiom", [EVALUATION, "Lean.ofReduceBool", "Lean.trustCompiler"])
    def test_elsewhere_the_same_axiom_is_foreign(self, axiom: str) -> None:
        document = LeanDocument((), "", (Theorem("fast", "1 = 1", "rfl"),))
        whole = rendered(document, print_axioms=True)
        reply = Message("information", whole.axiom_lines["fast"], f"'fast' depends on axioms: [{axiom}]")
        assert isinstance(decode(document, whole, [reply, end(whole)], 0)["fast"], Rejected)


class TestReadMessages:
    """Each JSON line is a message; what cannot be read counts as an error."""

    def test_traces_of_the_embedded_engine_are_no_messages(self) -> None:
        line = json.dumps({"severity": "error", "pos": {"line": 3, "column": 0}, "data": "no", "kind": "k"})
        out = f"[DEBUG:I] fileName = x\n  - /lib/x.olean\n{line}\n".encode()
        assert read_messages(out) == (Message("error", 3, "no", "k"),)

    @pytest.mark.parametrize(
        "line", [b'{"severity":"err', b"{}", b'{"severity":"error","data":"x","pos":{}}']
    )
    def test_an_unreadable_message_is_an_error(self, line: bytes) -> None:
        (message,) = read_messages(line + b"\n")
        assert message.severity == "error"

    @given(st.binary())
    def test_any_bytes_can_be_read(self, raw: bytes) -> None:
        read_messages(raw)
