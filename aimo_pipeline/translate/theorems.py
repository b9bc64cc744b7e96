"""The theorems about a rule that is a recurrence, and what its definitions are called in them."""

from __future__ import annotations

from collections.abc import Iterable

from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.translate.closed import ClosedSum
from aimo_pipeline.translate.formula import closed_form
from aimo_pipeline.verify.engine import Theorem

KERNEL = "by decide +kernel"


def integer(value: int) -> str:
    """As a Lean term."""
    return f"({value})" if value < 0 else str(value)


def integers(values: Iterable[int]) -> str:
    """A list of them."""
    return "[" + ", ".join(integer(value) for value in values) + "]"


def bits(index: int) -> str:
    """A number's binary digits, the highest first."""
    return "[" + ", ".join("true" if bit == "1" else "false" for bit in f"{index:b}") + "]"


def computed(name: str, value: str) -> Theorem:
    """The theorem that a long computation comes out true.

    Where it comes out false, `decide` would have Lean's elaborator do it all again, to tell why; that is slow
    and runs out of stack. Instead the kernel proves that it is false, and `decide` speaks of `false = true`.
    """
    refuted = f"(have wrong : {value} = false := ({KERNEL}); rw [wrong]; decide)"
    return Theorem(name, f"{value} = true", f"by first | decide +kernel | {refuted}")


def trace_theorems() -> list[Theorem]:
    """The rule gives every traced value."""
    return [
        Theorem("shape", "initial.length = coefficients.length ∧ 0 < coefficients.length", KERNEL),
        Theorem("trace_values", "ruleGives coefficients initial traced = true", KERNEL),
        Theorem(
            "trace",
            "∀ j (h : j < traced.length), rule coefficients initial j = traced[j]",
            "ruleGives_sound coefficients traced initial trace_values",
        ),
    ]


def program_gives(name: str, entry: str, first: str, values: str) -> Theorem:
    """The theorem that a compiled program gives these values at first, first + 1, ...

    Its proof tells two failures apart. Where the program gives another integer, `decide` comes out false: the
    verdict is Refuted. Where it gives none, `fail` ends the proof: the verdict is Unknown, since an error
    (a shared list, used-up fuel) says nothing against the values.
    """
    speaks = f"programStops {entry} {first} {values} = false"
    second = f"(have : {speaks} := (by first | decide +kernel | fail); decide +kernel)"
    proof = f"by first | decide +kernel | {second}"
    return Theorem(name, f"programGives {entry} {first} {values} = true", proof)


def program_theorems(entry: str) -> list[Theorem]:
    """The compiled program equals the rule at the first indices."""
    return [
        program_gives("program_values", entry, "firstIndex", "compared"),
        Theorem("program_rule", "ruleGives coefficients initial compared = true", KERNEL),
        Theorem(
            "program",
            f"∀ j : Nat, j < compared.length → "
            f"{entry} (.i (firstIndex + j)) = .i (rule coefficients initial j)",
            f"program_is_rule {entry} coefficients initial compared firstIndex program_values program_rule",
        ),
    ]


def closed_form_theorem(formula: Polynomial) -> Theorem:
    """A polynomial's closed form is its recurrence."""
    form = closed_form(formula)
    terms = [f"{integer(c)} * (n : Int) ^ {power}" for power, c in enumerate(form.coefficients)]
    right = " + ".join(terms)
    proof = (
        f"TraceToLean.closed_form coefficients initial {form.scale} (fun n : Nat => {right}) "
        "shape.1 shape.2\n"
        "  (by intro m; simp only [coefficients, shiftEval, List.length]; grind) (by decide +kernel)"
    )
    return Theorem("closed_form", f"∀ n : Nat, {form.scale} * rule coefficients initial n = {right}", proof)


def closed_terms(form: ClosedSum) -> str:
    """The definition that closed_sum_theorems is about."""
    terms = [f"({t.base}, [{', '.join(integers(part) for part in t.parts)}])" for t in form.terms]
    return f"def closedTerms : List (Nat × List (List Int)) := [{', '.join(terms)}]\n"


def closed_sum_theorems(form: ClosedSum) -> list[Theorem]:
    """A sum of powers times (quasi-)polynomials is the recurrence at every index.

    The kernel computes the coefficients of a polynomial identity for each residue class, and the first terms.
    """
    starts = f"startsAs coefficients {form.scale} (closedSum closedTerms) {form.begin}"
    return [
        Theorem("closed_recurs", "termsHold (coefficients ++ [-1]) closedTerms = true", KERNEL),
        Theorem("closed_starts", f"{starts} initial = true", KERNEL),
        Theorem(
            "closed_form",
            f"∀ n : Nat, {form.begin} ≤ n → {form.scale} * rule coefficients initial n = "
            "closedSum closedTerms n",
            f"closed_sum coefficients initial {form.scale} closedTerms {form.begin} shape closed_recurs "
            "closed_starts",
        ),
    ]


def root_form_theorem(rule: CFinite) -> Theorem:
    """Order 2 with irrational roots: powers of a pair x + y√d."""
    (older, newer), (first, second) = rule.coefficients, rule.initial
    d, slope = newer * newer + 4 * older, 2 * second - newer * first
    power = f"rootPow {integer(d)} ({integer(newer)}, 1) n"
    arguments = " ".join(integer(value) for value in (older, newer, first, second, d, slope))
    return Theorem(
        "closed_form",
        f"∀ n : Nat, 2 ^ n * rule coefficients initial n = ({power}).1 * {integer(first)} + "
        f"({power}).2 * {integer(slope)}",
        f"root_form {arguments} ({KERNEL}) ({KERNEL})",
    )


def recurrence_value_theorems(modulus: int, answer: int) -> list[Theorem]:
    """The asked-for term is the answer.

    The document also defines `index` and, with a modulus, `series` (series_of), without one `indexBits` and
    `residue`.
    """
    if not modulus:
        return _exact_value_theorems(answer)
    arguments = f"coefficients initial series {modulus} index {answer}"
    return [
        computed("value_number", f"farHolds {arguments}"),
        Theorem(
            "value",
            f"rule coefficients initial index % ({modulus} : Nat) = ({answer} : Nat)",
            f"far_value {arguments} value_number",
        ),
    ]


def _exact_value_theorems(answer: int) -> list[Theorem]:
    arguments = "coefficients initial residue"
    premises = "value_index value_residue value_length value_number"
    return [
        Theorem("value_index", "ofBits indexBits = index", KERNEL),
        Theorem("value_residue", "power coefficients 0 indexBits [1] = residue", KERNEL),
        Theorem("value_length", "residue.length ≤ coefficients.length", KERNEL),
        Theorem("value_number", f"dot residue initial % 0 = {answer}", KERNEL),
        Theorem(
            "value",
            f"rule coefficients initial index = {answer}",
            f"rule_far_exact {arguments} {answer} indexBits index shape {premises}",
        ),
    ]
