"""Statements of ours with proofs of a model: what Lean reads, what is allowed, and who may say Proved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.claim import Claim, SealedClaim, check_proof, one_block, sealed
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import LeanDocument
from aimo_pipeline.verify.quoted import NotRead, question, tokens, trees
from aimo_pipeline.verify.tactics import foreign
from tests.verify.model_proofs import FOREIGN, GOOD, IMPORTS, asked, blocks, recorded

LIMITS = LeanPoolConfig()
CLAIM = Claim(IMPORTS, "def two : Nat := 2", "two = 2")
READ = dict(zip((*GOOD, *FOREIGN), trees(asked(), recorded()), strict=True))
BLOCKS = dict(zip((*GOOD, *FOREIGN), blocks(), strict=True))


class Answering:
    """Reads as Lean did, and gives every theorem one verdict; `checked` are the documents it was given."""

    name = "fake"

    def __init__(self, verdict: Verdict | None = None) -> None:
        self.verdict = verdict or Proved()
        self.checked: list[LeanDocument] = []
        self.read_texts: list[str] = []

    async def read(self, text: str, *, deadline: Deadline) -> tuple[Message, ...] | Unknown | Rejected:
        self.read_texts.append(text)
        number = next((n for n, block in enumerate(blocks()) if f"|\n{block}\n)\n#print" in text), None)
        if number is None:
            return Unknown("nobody asked Lean this")
        (begin, end), first = asked().spans[number], text[: text.index("def quoted0")].count("\n") + 1
        inside = [
            replace(m, line=m.line - begin + first, text=m.text.replace(f"quoted{number} ", "quoted0 ", 1))
            for m in recorded()
            if begin <= m.line <= end
        ]
        return (*inside, replace(recorded()[-1], line=text.count("\n")))

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        self.checked.append(document)
        return {theorem.name: self.verdict for theorem in document.theorems}


def checked(proof: str, engine: Answering, claim: Claim = CLAIM) -> Verdict:
    with sealed(claim) as one:
        assert isinstance(one, SealedClaim), one
        deadline = Deadline.after(60.0, FakeClock())
        return asyncio.run(check_proof(engine, one, proof, limits=LIMITS, deadline=deadline))


class TestReading:
    """Lean's own parser tells what a proof is made of; what it can't take for one tactic has no tree."""

    @pytest.mark.parametrize("name", GOOD)
    def test_a_usual_proof_is_read_whole_and_allowed(self, name: str) -> None:
        syntax = READ[name]
        assert not isinstance(syntax, NotRead)
        assert "".join(token.text for token in tokens(syntax)) == "".join(BLOCKS[name].split())
        assert foreign(syntax) is None

    @pytest.mark.parametrize("name", FOREIGN)
    def test_syntax_that_is_not_on_the_list_is_told(self, name: str) -> None:
        syntax = READ[name]
        assert isinstance(syntax, NotRead) or foreign(syntax)

    @pytest.mark.parametrize("name", ["native_decide", "a program", "an option", "do", "unsafe", "sorry"])
    def test_it_is_the_kind_that_tells_not_the_word(self, name: str) -> None:
        syntax = READ[name]
        assert not isinstance(syntax, NotRead)
        assert "of the kind" in str(foreign(syntax))

    def test_an_answer_without_its_end_is_no_tree(self) -> None:
        assert all(isinstance(one, NotRead) for one in trees(asked(), recorded()[:-1]))

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 20_000), st.text(max_size=3))
    def test_a_damaged_answer_never_makes_a_foreign_proof_allowed(self, at: int, put: str) -> None:
        number = len(GOOD) + list(FOREIGN).index("native_decide")
        _, line = asked().spans[number]
        damaged = [
            replace(m, text=m.text[: at % len(m.text)] + put + m.text[at % len(m.text) + 1 :])
            if m.line == line
            else m
            for m in recorded()
        ]
        syntax = trees(asked(), damaged)[number]
        whole = "".join(BLOCKS["native_decide"].split())
        read = not isinstance(syntax, NotRead)
        assert not (read and "".join(t.text for t in tokens(syntax)) == whole and foreign(syntax) is None)


class TestOneBlock:
    """A proof is put in brackets; comments and a leading `by` go, columns stay as they were to each other."""

    @pytest.mark.parametrize(
        ("proof", "block"),
        [
            ("simp\nomega", "(\n  simp\n  omega\n)"),
            ("by\n    simp\n    omega", "(\n  simp\n  omega\n)"),
            (":= by simp -- why\n      omega", "(\n  simp\n  omega\n)"),
            ("-- first\nby_cases h : a = b", "(\n  by_cases h : a = b\n)"),
        ],
    )
    def test_it_is(self, proof: str, block: str) -> None:
        assert one_block(proof) == block


class TestCheckProof:
    """Only an allowed proof reaches Lean's elaborator, behind the sealed statement, and Lean decides."""

    @pytest.mark.parametrize("verdict", [Proved(), Proved(("propext",)), Rejected("sorry"), Unknown("no")])
    def test_the_verdict_is_lean_s(self, verdict: Verdict) -> None:
        engine = Answering(verdict)
        assert checked(GOOD["search"], engine) == verdict
        attempt, claim = engine.checked[0].theorems
        assert attempt.statement == claim.statement == CLAIM.statement
        assert (attempt.proof, claim.proof) == ("by\n" + one_block(GOOD["search"]), "attempt")

    def test_a_false_step_says_nothing_against_the_claim(self) -> None:
        assert checked(GOOD["search"], Answering(Refuted("1 = 2"))) == Unknown(
            "a step of the proof is false: 1 = 2"
        )

    @pytest.mark.parametrize("name", FOREIGN)
    def test_a_foreign_proof_is_rejected_and_never_elaborated(self, name: str) -> None:
        engine = Answering()
        assert isinstance(checked(FOREIGN[name], engine), Rejected)
        assert engine.checked == []

    @pytest.mark.parametrize("name", FOREIGN)
    def test_so_it_is_without_the_audit_of_the_text(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("aimo_pipeline.verify.claim._text_fault", lambda *_: None)
        engine = Answering()
        assert isinstance(checked(FOREIGN[name], engine), Rejected)
        assert engine.checked == []

    @pytest.mark.parametrize(
        "proof",
        [
            "exact $x",
            "trivial\n/- ",
            'exact "',
            "exact ｓorry",
            "trivial \u202e",
            "exact «sorry»",
            "#eval IO.println 1",
            "@[implemented_by f] trivial",
            "attribute [csimp] f",
            "macro x : tactic => y",
            "instance : Decidable False := lie",
            "axiom cheat : False",
            f"exact {'7' * 30_000}",
            f"exact {'(' * 300}x{')' * 300}",
            "x" * 2_000_000,
            "trivial\0",
        ],
    )
    def test_what_no_proof_has_is_rejected_before_lean_reads_it(self, proof: str) -> None:
        engine = Answering()
        assert isinstance(checked(proof, engine), Rejected)
        assert engine.read_texts == []

    def test_a_reading_that_differs_from_the_text_is_rejected(self) -> None:
        class Other(Answering):
            async def read(
                self, text: str, *, deadline: Deadline
            ) -> tuple[Message, ...] | Unknown | Rejected:
                other = question(IMPORTS, (one_block(GOOD["search"]),)).text
                said = await super().read(other, deadline=deadline)
                assert isinstance(said, tuple)
                shift = text.count("\n") - other.count("\n")
                return tuple(replace(message, line=message.line + shift) for message in said)

        assert checked(GOOD["rewriting"], Other()) == Rejected("Lean reads other words than the proof has")

    def test_no_reading_is_no_verdict(self) -> None:
        assert checked("exact nobody_knows", Answering()) == Unknown("nobody asked Lean this")


class TestSealed:
    """The statement is written and hashed before any proof; nothing that changes it afterwards is proved."""

    def test_it_is_read_only_and_ends_where_the_proof_begins(self) -> None:
        with sealed(CLAIM) as one:
            assert isinstance(one, SealedClaim) and one.intact
            assert one.path.stat().st_mode & 0o222 == 0
            assert one.path.read_text("utf-8").endswith(
                "def two : Nat := 2\ntheorem attempt : two = 2 := by\n"
            )

    def test_a_changed_file_proves_nothing(self) -> None:
        engine = Answering()
        with sealed(CLAIM) as one:
            assert isinstance(one, SealedClaim)
            one.path.chmod(0o644)
            one.path.write_text(one.path.read_text("utf-8").replace("two = 2", "True"), "utf-8")
            deadline = Deadline.after(60.0, FakeClock())
            found = asyncio.run(check_proof(engine, one, GOOD["search"], limits=LIMITS, deadline=deadline))
        assert found == Rejected("the sealed statement is not what it was")
        assert engine.checked == []

    def test_another_claim_under_the_same_seal_proves_nothing(self) -> None:
        with sealed(CLAIM) as one:
            assert isinstance(one, SealedClaim)
            weaker = replace(one, claim=replace(CLAIM, statement="True"))
            deadline = Deadline.after(60.0, FakeClock())
            check = check_proof(Answering(), weaker, GOOD["search"], limits=LIMITS, deadline=deadline)
            assert isinstance(asyncio.run(check), Rejected)

    @pytest.mark.parametrize("statement", ["True := trivial --", "1 = 1 := rfl\ntheorem x : 1 = 1", "(1 = 1"])
    def test_a_statement_that_ends_itself_is_not_sealed(self, statement: str) -> None:
        with sealed(replace(CLAIM, statement=statement)) as one:
            assert isinstance(one, Rejected)


@pytest.mark.lean
class TestWithARealLean:
    """The embedded Lean reads a proof, and its kernel decides."""

    def test_a_proof_by_induction_is_proved(self, real_lean) -> None:
        claim = Claim(IMPORTS, "def twice : Nat → Nat := fun n => n + n", "∀ n : Nat, twice n = 2 * n")
        proof = (
            "by\n  intro n\n  -- unfold, then arithmetic\n  show n + n = 2 * n\n"
            "  induction n with\n  | zero => rfl\n  | succ k ih => omega"
        )

        async def work() -> Verdict:
            with sealed(claim) as one:
                assert isinstance(one, SealedClaim)
                return await check_proof(
                    real_lean.engine, one, proof, limits=LIMITS, deadline=real_lean.deadline()
                )

        assert real_lean.run(work()) == Proved()
