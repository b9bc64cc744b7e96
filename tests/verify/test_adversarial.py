"""Ways to a theorem without a proof, each of them tried.

Every one is stopped before Lean sees it. And behind that, where a real Lean has the words for it, the audit
of the text is switched off and the rest must hold: Lean's own warnings, `#print axioms` against the allow
list, and that the last line was reached with one reply to each question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.outcome import Proved, Rejected, Verdict
from aimo_pipeline.verify import official
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.engine import LeanDocument, Theorem
from aimo_pipeline.verify.official import open_official
from tests.lean_native import CORE, NativeLean

IMPORTS = ("TraceToLean.Value",)


def proof(text: str) -> LeanDocument:
    """A false statement with this for a proof."""
    return LeanDocument(IMPORTS, "", (Theorem("bad", "False", text),))


def defined(definitions: str, by: str = "by decide", statement: str = "False") -> LeanDocument:
    """A false statement behind these definitions."""
    return LeanDocument(IMPORTS, definitions, (Theorem("bad", statement, by),))


STOPPED = {
    "sorry": proof("sorry"),
    "sorry as a tactic": proof("by sorry"),
    "admit": proof("by admit"),
    "sorryAx": proof("sorryAx False true"),
    "a new axiom": defined("axiom cheat : False", "cheat"),
    "an axiom behind the proof": proof("cheat\naxiom cheat : False"),
    "a constant without a value": defined("opaque cheat : False", "cheat"),
    "native_decide where it is not allowed": proof("by native_decide"),
    "decide +native": proof("by decide +native"),
    "the axiom under it": proof("Lean.ofReduceBool _ true rfl"),
    "bv_decide": proof("by bv_decide"),
    "implemented_by": defined("@[implemented_by slow] def fast : Nat := 1"),
    "extern": defined('@[extern "c_one"] def one : Nat := 2'),
    "csimp": defined("@[csimp] theorem swap : @f = @g := rfl"),
    "csimp as an attribute": defined("attribute [csimp] swap"),
    "no kernel": defined("set_option debug.skipKernelTC true"),
    "no kernel in a proof": proof("by set_option debug.skipKernelTC true in decide"),
    "a limit lifted": proof("by set_option maxHeartbeats 0 in decide"),
    "a notation for the statement": defined('notation "False" => True'),
    "a local notation": defined("local infix:50 (priority := high) = => fun _ _ => True"),
    "another instance": defined("instance : Decidable False := .isTrue lie"),
    "an instance made later": defined("attribute [instance] lie"),
    "a macro": defined("macro_rules | `(False) => `(True)"),
    "a macro for a tactic": defined('macro "decide" : tactic => `(tactic| trivial)'),
    "an elaborator": defined('elab "lie" : tactic => pure ()', "by lie"),
    "a command that runs": defined("#eval 1"),
    "IO": defined('#eval IO.println "{}"'),
    "IO while it is read": defined("initialize cheat : Unit ← pure ()"),
    "meta code": defined("run_cmd pure ()"),
    "meta code in a proof": proof("by run_tac pure ()"),
    "output that looks like ours": defined('#check "end of document"'),
    "the end of the file": defined("#exit"),
    "a comment over the rest": proof("trivial /- "),
    "a string over the rest": proof('trivial "'),
    "a look-alike name": defined("def Fаlse : Prop := True", "trivial", "Fаlse"),
    "a look-alike in a proof": proof("by exact ｓorry"),
    "text that runs backwards": proof("trivial \u202e"),
    "a quoted name": proof("«sorry»"),
    "a hidden axiom": proof("by exact (cheat : False)\nprivate axiom cheat : False"),
    "a theorem more": LeanDocument(IMPORTS, "", (Theorem("bad", "True := trivial\ntheorem x : False", "x"),)),
    "a weakened statement": LeanDocument(IMPORTS, "", (Theorem("bad", "False → False := id --", "x"),)),
    "a namespace in which False is true": defined("namespace A def False := True open A"),
    "a variable that is assumed": defined("variable (cheat : False)", "cheat"),
    "an import": LeanDocument(("Mathlib.Tactic",), "", (Theorem("bad", "False", "by decide"),)),
    "unsafe": defined("unsafe def cheat : False := cheat", "cheat"),
    "partial": defined("partial def cheat : False := cheat", "cheat"),
    "the end of our section": defined("end\nsection"),
    "our namespace reopened": defined("namespace TraceToLean"),
    "a theorem among the definitions": defined("theorem lie : False := lie", "lie"),
    "a theorem behind a definition": defined("def x : Nat := 1 theorem lie : False := lie", "lie"),
    "a recursion that sorry makes end": defined(
        "def lie (n : Nat) : False := lie n decreasing_by sorry", "lie"
    ),
    "a statement that is bound by itself": defined("theorem lie : p := by assumption", "lie"),
    "names that bind themselves": defined("set_option autoImplicit true"),
    "a universe": defined("universe u"),
    "unseal": defined("unseal Nat.rec"),
    "another False": defined("def False : Prop := True", "trivial"),
    "an inductive False": defined("inductive False : Prop where | intro", "False.intro"),
    "another equality": defined("abbrev Eq (a b : Nat) : Prop := True", "trivial", "Eq 1 2"),
    "a definition of core's": defined("def Nat.add : Nat := 0"),
    "a definition of our library's": defined("def TraceToLean.rule : Nat := 0"),
    "a definition at the root": defined("def _root_.lie : Nat := 0"),
    "an alias": defined("alias lie := False.elim", "lie"),
    "deriving": defined("deriving instance DecidableEq for Nat"),
    "native in a configuration": proof("by decide (config := { native := true })"),
    "a second try": proof("by first | decide | sorry"),
    "an attribute in where": proof("lie where\n  @[simp] lie : False := lie"),
    "a hint for unification": defined("unif_hint h : Nat where |- Nat =?= Int"),
    "a hint behind a definition": defined("def x : Nat := 1 unif_hint h : Nat where |- Nat =?= Int"),
    "a simplifier of its own": defined("simproc_decl lie (False) := fun _ => pure"),
    "one of grind's": defined("grind_pattern lie => False"),
    "a command that makes commands": defined("declare_config_elab x y"),
    "an attribute that is new": defined("register_simp_attr x"),
    "a word with a letter that has no width": proof("by exact so\u200brry"),
    "a space that is none": proof("by\u00a0decide"),
    "a tab": proof("by\tdecide"),
    "an escape in a string": proof('by exact "\\u0073orry"'),
    "a comment that documents": proof("by /-- x -/ decide"),
    "a file's text": proof("include_str x"),
}


class TestBeforeLean:
    """Nothing that could make truth without the kernel, or change what a statement means, is sent to Lean."""

    @pytest.mark.parametrize("name", STOPPED)
    def test_it_is_rejected_unseen(self, name: str) -> None:
        assert isinstance(audit_text(STOPPED[name]), Rejected)


# In the words of the native Lean's small library; the first word of each: what must come of it.
BEHIND = {
    "sorry": (Rejected, "", "False", "sorry"),
    "sorryAx": (Rejected, "", "False", "sorryAx False true"),
    "sorry in a definition": (Rejected, "theorem lie : False := sorry", "False", "lie"),
    "a new axiom": (Rejected, "axiom cheat : False", "False", "cheat"),
    "an axiom under an innocent name": (Rejected, "axiom Nat.add_comm : False", "False", "Nat.add_comm"),
    "an axiom with an allowed last name": (
        Rejected,
        "axiom Quot.sound.cheat : False",
        "False",
        "Quot.sound.cheat",
    ),
    "an unsafe constant": (None, "unsafe axiom cheat : False", "False", "cheat"),
    "a broken definition": (None, "def f : Nat := nosuch", "True", "True.intro"),
    "a failed theorem": (None, "theorem lie : False := by decide", "False", "lie"),
    "a false evaluation": (None, "", "Eq (Nat.add 1 1) 3", "Eq.refl 3"),
    "no kernel": (None, "set_option debug.skipKernelTC true", "Eq (Nat.add 1 1) 3", "Eq.refl 3"),
    "the end of the file": (None, "#exit", "False", "by decide"),
    "a comment over the rest": (None, "", "True", "True.intro /-"),
    "a theorem more": (None, "", "True := True.intro\ntheorem x : False", "x"),
    "a reply of its own": (Rejected, "axiom cheat : False", "False", "cheat\n#print axioms True.intro"),
    "an early last line": (None, '#check "end of document"\n#exit', "False", "by decide"),
    "a look-alike": (None, "", "Fаlse", "True.intro"),
    "a theorem that proves itself": (None, "theorem lie : False := lie", "False", "lie"),
    "a helper that proves itself": (None, "", "False", "lie where\n  lie : False := lie"),
    "a recursion that proves itself": (None, "", "False", "let rec lie : False := lie; lie"),
    "a private axiom": (Rejected, "private axiom cheat : False", "False", "cheat"),
    "an axiom of our library's": (
        Rejected,
        "namespace TraceToLean\naxiom cheat : False\nend TraceToLean",
        "False",
        "TraceToLean.cheat",
    ),
    "another False": (None, "def False : Prop := True", "False", "True.intro"),
    "another False in a namespace": (
        None,
        "namespace A\ndef False : Prop := True\nend A\nopen A",
        "False",
        "True.intro",
    ),
    "an opaque constant": (None, "opaque cheat : False", "False", "cheat"),
    "a partial definition": (None, "partial def cheat : False := cheat", "False", "cheat"),
    "a theorem with a hole": (None, "", "False", "_"),
}


@pytest.mark.lean
class TestBehindTheText:
    """Without the audit of the text, a real Lean and what is made of its words still prove nothing."""

    def test_none_is_proved(
        self, native_lean: NativeLean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(official, "audit_text", lambda _: None)

        async def work() -> dict[str, Mapping[str, Verdict]]:
            opened = open_official(
                native_lean.lean, VerifyConfig(), native_lean.clock, cache=tmp_path, sources=CORE
            )
            async with opened as engine:
                found = {}
                for name, (_, definitions, statement, by) in BEHIND.items():
                    document = LeanDocument(
                        ("TraceToLean.Small",), definitions, (Theorem("bad", statement, by),)
                    )
                    found[name] = await engine.check(document, deadline=native_lean.deadline())
                good = LeanDocument(("TraceToLean.Small",), "", (Theorem("good", "True", "by decide"),))
                found["good"] = await engine.check(good, deadline=native_lean.deadline())
                return found

        found = asyncio.run(work())
        assert found.pop("good") == {"good": Proved(())}
        assert {name for name, verdicts in found.items() if isinstance(verdicts["bad"], Proved)} == set()
        rejected = {name for name, verdicts in found.items() if isinstance(verdicts["bad"], Rejected)}
        assert {name for name, (kind, *_) in BEHIND.items() if kind is Rejected} <= rejected, found
