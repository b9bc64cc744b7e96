"""What a document could leave behind in a Lean that goes on, and a later one that would profit."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.verify.document import LIBRARY_IMPORTS, SENTINEL, LeanDocument, Theorem

HEADER = (
    "".join(f"import {module}\n" for module in LIBRARY_IMPORTS) + "noncomputable section\nopen TraceToLean\n"
)


@dataclass(frozen=True)
class Leftover:
    """Lines that no audit has seen, and a theorem of a later document that must fare as if they were not.

    Attributes:
        left: commands.
        statement, proof: false, and proved only with what they left; unless `true`.
        true: the theorem must be proved in spite of it.
    """

    left: str
    statement: str
    proof: str
    true: bool = False

    @property
    def first(self) -> str:
        """The text that leaves something."""
        return f"{HEADER}{self.left}\n{SENTINEL}\n"

    @property
    def then(self) -> LeanDocument:
        """The later document."""
        return LeanDocument(LIBRARY_IMPORTS, "", (Theorem("later", self.statement, self.proof),))


def false(left: str, proof: str, statement: str = "False") -> Leftover:
    """Nothing of it may be there for this proof."""
    return Leftover(left, statement, proof)


def true(
    left: str, statement: str = "rule [1, 1] [0, 1] 10 = 55", proof: str = "by decide +kernel"
) -> Leftover:
    """It may not stand in the way of this proof."""
    return Leftover(left, statement, proof, true=True)


LEFTOVERS = {
    "an axiom": false("axiom cheat : False", "cheat"),
    "a private axiom": false("private axiom cheat : False", "cheat"),
    "an axiom of our namespace": false("axiom TraceToLean.cheat : False", "cheat"),
    "a theorem with sorry": false("theorem lie : False := sorry", "lie"),
    "a theorem that failed": false("theorem lie : False := by decide", "lie"),
    "a theorem of the same name": false("axiom later : False", "later"),
    "a name that Lean reserves": false("axiom TraceToLean.rule.eq_1 : False", "rule.eq_1"),
    "the same, of the document's own": false(
        "def f : Nat → Nat := fun n => n\naxiom f.eq_1 : False\nexample : f 0 = 0 := by simp [f]", "f.eq_1"
    ),
    "a simplifier's lemma": false("@[simp] theorem lie : False = True := sorry", "by simp"),
    "a lemma of grind's": false(
        "@[grind] theorem lie (n : Nat) : n = n + 1 := sorry", "by grind", "(3 : Nat) = 4"
    ),
    "an attribute given later": false("theorem lie : False = True := sorry\nattribute [simp] lie", "by simp"),
    "an instance": false("instance (priority := high) : Decidable False := .isTrue sorry", "by decide"),
    "an instance for equality": false(
        "instance (priority := high) (a b : Nat) : Decidable (a = b) := .isTrue sorry", "by decide", "1 = 2"
    ),
    "a default instance": false(
        "@[default_instance high] instance lie : HAdd Nat Nat Prop := ⟨fun _ _ => True⟩", "trivial", "1 + 1"
    ),
    "a coercion": false("instance : Coe Nat Prop := ⟨fun _ => True⟩", "trivial", "(1 : Nat)"),
    "a notation": false('notation "False" => True', "trivial"),
    "an operator": false('infix:50 (priority := high) " = " => fun (_ _ : Nat) => True', "trivial", "1 = 2"),
    "a macro for a term": false("macro_rules | `($a = $b) => `(True)", "trivial", "1 = 2"),
    "a macro for a tactic": false(
        'macro (priority := high) "decide" : tactic => `(tactic| exact sorry)', "by decide"
    ),
    "a new tactic": false('macro "lie" : tactic => `(tactic| sorry)', "by lie"),
    "syntax": true('syntax "rule" term : term\nmacro_rules | `(rule $t) => `(True)'),
    "an elaborator": false(
        'open Lean Elab Tactic in\nelab "lie" : tactic => do\n'
        "  closeMainGoal `lie (← Meta.mkSorry (mkConst ``False) true)",
        "by lie",
    ),
    "another False": false("namespace TraceToLean\ndef False : Prop := True\nend TraceToLean", "trivial"),
    "another rule": false(
        "namespace TraceToLean\ndef rule (_ _ : List Int) (_ : Nat) : Int := 56\nend TraceToLean",
        "by decide +kernel",
        "rule [1, 1] [0, 1] 10 = 56",
    ),
    "a namespace that stays open": false("def A.False : Prop := True\nopen A", "trivial"),
    "a variable": false("variable (cheat : False)", "cheat"),
    "names that bind themselves": false("set_option autoImplicit true", "by exact h", "∀ (h : p), q"),
    "no kernel": false("set_option debug.skipKernelTC true", "by decide", "1 = 2"),
    "no recursion": true("set_option maxRecDepth 16"),
    "no time": true("set_option maxHeartbeats 1"),
    "another print": false("set_option pp.all true\nset_option pp.maxSteps 1", "by decide +kernel", "1 = 2"),
    "equations that could not be made in time": true(
        "set_option maxHeartbeats 1 in\nexample : rule [1] [1] 0 = 1 := by simp [rule]\n"
        "set_option maxRecDepth 16 in\nexample : rule [1] [1] 0 = 1 := by simp [rule]",
        "∀ c i n, rule c i n = (window c i n).headD 0",
        "by intro c i n; rw [rule]",
    ),
    "a definition that is sealed": true("attribute [irreducible] rule\nseal rule", proof="by decide"),
    "a lemma taken away": true("attribute [-simp] Nat.add_zero", "∀ n : Nat, n + 0 = n", "by intro n; simp"),
    "a program that runs": false("initialize cheat : Unit ← pure ()\n#eval 1", "by exact cheat"),
    "meta code": false('run_cmd Lean.logInfo m!"x"\n#eval (throw (IO.userError "x") : IO Unit)', "by decide"),
    "an end too early": true("#exit"),
    "a comment without an end": true("/- "),
    "a section without an end": true("namespace A\nsection B\nmutual"),
}
