"""What is kept from Lean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimo_pipeline.outcome import Rejected
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.document import NATIVE_PROOF, LeanDocument, Theorem, natively

IMPORTS = ("TraceToLean.Sequence",)


class TestAuditText:
    """A part that could make truth without the kernel, or swallow what follows it, is Rejected."""

    @pytest.mark.parametrize(
        "proof",
        [
            "by sorry",
            "by\n  admit",
            "by native_decide",
            "by decide +native",
            "by bv_decide",
            "Lean.ofReduceBool _ _ rfl",
            "by exact?",
            "trivial\naxiom bad : False",
            "trivial\ntheorem other : 1 = 2 := other",
            "trivial\n#eval 1",
            "trivial /- hides the next theorem",
            "-/ trivial",
            "trivial -- and so on",
            "by run_tac pure ()",
            "by set_option maxRecDepth 1 in rfl",
            "by open Classical in rfl",
            'by exact (fun _ => trivial) "',
            "(trivial",
            "[trivial)",
            "by exact «sorry»",
        ],
    )
    def test_a_foreign_proof_is_rejected(self, proof: str) -> None:
        document = LeanDocument(IMPORTS, "", (Theorem("one", "True", proof),))
        assert isinstance(audit_text(document), Rejected)

    @pytest.mark.parametrize("statement", ["True := trivial --", "1 = 1 := rfl\ntheorem x : 1 = 1", "(1 = 1"])
    def test_a_statement_that_ends_itself_is_rejected(self, statement: str) -> None:
        document = LeanDocument(IMPORTS, "", (Theorem("one", statement, "rfl"),))
        assert isinstance(audit_text(document), Rejected)

    @pytest.mark.parametrize(
        "definitions",
        [
            "axiom bad : False",
            "instance : Add Nat := ⟨fun _ _ => 0⟩",
            "local notation x = y => True",
            "@[simp] theorem a : 1 = 1 := rfl",
            "attribute [simp] foo",
            "macro_rules | `(x) => `(y)",
            "set_option debug.skipKernelTC true",
            "import Lean",
            "unsafe def x : Nat := 1",
            "opaque x : Nat",
        ],
    )
    def test_a_definition_that_bends_the_rules_is_rejected(self, definitions: str) -> None:
        assert isinstance(audit_text(LeanDocument(IMPORTS, definitions, ())), Rejected)

    def test_a_foreign_import_is_rejected(self) -> None:
        assert isinstance(audit_text(LeanDocument(("Lean.Elab",), "", ())), Rejected)

    def test_a_document_of_ours_passes(self) -> None:
        proof = "closed_form c init 2 (fun n => 3) shape.1 shape.2\n  (by intro m; simp only [c, dot]; grind)"
        document = LeanDocument(
            IMPORTS,
            "def c : List Int := [1, (-3)]\ndef f_a_fueled : Nat → V → V := fun _ v => (V.add v v)\n",
            (
                Theorem("one", "∀ n : Nat, 2 * rule c init n = 3", proof),
                Theorem("two", "x = 1", "by decide +kernel"),
            ),
        )
        assert audit_text(document) is None

    def test_native_decide_passes_as_the_whole_proof_of_a_theorem_that_may_be_compiled(self) -> None:
        document = natively(LeanDocument(IMPORTS, "", (Theorem("one", "1 = 1", "rfl"),)), "one")
        assert audit_text(document) is None
        for proof in ("by native_decide; skip", "by (native_decide)", "by decide +native"):
            longer = replace(document, theorems=(Theorem("one", "1 = 1", proof),))
            assert isinstance(audit_text(longer), Rejected)
        elsewhere = replace(document, theorems=(*document.theorems, Theorem("two", "1 = 1", NATIVE_PROOF)))
        assert isinstance(audit_text(elsewhere), Rejected)
