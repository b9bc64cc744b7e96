"""Rules that are no C-finite recurrence, as functions that Lean's kernel can run.

k-regular sequences go by their index's digits, so a(10^18) takes sixty steps; P-recursive ones from term to
term, so only near terms can be asked for. Both divide: a theorem `exact` says that nothing was rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aimo_pipeline.formula import Formula, KRegular, PRecursive
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.theorems import KERNEL, integer, integers
from aimo_pipeline.verify.engine import Theorem

MAX_SIZE = 16  # of a k-regular rule's matrices
MAX_STEPS = 400  # of a P-recursive rule; the kernel takes some milliseconds for each


@dataclass(frozen=True)
class FunctionRule:
    """A rule in Lean.

    Attributes:
        definitions: Lean text; `ruleAt j` is the term at first_index + j.
        gives: the theorem's text that the rule gives a list of first values, but for the list's name.
        sound: what makes of it the statement about each of these values.
        exact: that nothing was rounded on the way to the value.
    """

    definitions: str
    gives: str
    sound: str
    exact: Theorem

    def values(self, name: str, values: str) -> Theorem:
        """The theorem that the rule gives these values."""
        return Theorem(name, f"{self.gives.format(values=values)} = true", KERNEL)

    def each(self, name: str, values: str, proved: str) -> Theorem:
        """The theorem that it gives each of them."""
        statement = f"∀ j (h : j < {values}.length), ruleAt j = {values}[j]"
        return Theorem(name, statement, self.sound.format(values=values, proved=proved))


def as_function(formula: Formula, offset: int) -> FunctionRule | Unsupported:
    """The rule as a Lean function.

    Args:
        formula: the rule.
        offset: which term is asked for, counted from the first.

    Returns:
        Unsupported for other families, and where the kernel could not run it.
    """
    match formula:
        case KRegular():
            return _k_regular(formula, offset)
        case PRecursive():
            return _p_recursive(formula, offset)
    return Unsupported(f"{type(formula).__name__} has no Lean definition yet", None)


def _rows(rows: Sequence[Sequence[int]]) -> str:
    return "[" + ", ".join(integers(row) for row in rows) + "]"


def _k_regular(rule: KRegular, offset: int) -> FunctionRule | Unsupported:
    if len(rule.left) > MAX_SIZE:
        return Unsupported(f"matrices of size {len(rule.left)} are too large for Lean's kernel", None)
    if rule.scale == 0:
        return Unsupported("the rule divides by zero", None)
    matrices = "[" + ", ".join(_rows(matrix) for matrix in rule.matrices) + "]"
    definitions = (
        f"def matrices : List (List (List Int)) := {matrices}\n"
        f"def left : List Int := {integers(rule.left)}\n"
        f"def right : List Int := {integers(rule.right)}\n"
        f"def ruleAt : Nat → Int := fun j => lit (Nat.add {rule.first_index} j) fun n => "
        f"kRegular {rule.base} matrices left right {rule.scale} n\n"
    )
    whole = f"digitSum {rule.base} matrices left right {rule.first_index + offset}"
    exact = Theorem("exact", f"isZero (Int.emod ({whole}) {rule.scale}) = true", KERNEL)
    return FunctionRule(definitions, "gives ruleAt {values} 0", "gives_first ruleAt {values} {proved}", exact)


def _p_recursive(rule: PRecursive, offset: int) -> FunctionRule | Unsupported:
    if offset > MAX_STEPS:
        return Unsupported(f"a P-recursive rule is followed for {MAX_STEPS} terms, not to a far one", None)
    index = rule.first_index + len(rule.initial) - rule.order
    # Lean says x / 0 = 0, by which `exact` could hold where the rule leaves a term open.
    open_at = next((n for n in range(index, index + offset) if _at(rule.polynomials[-1], n) == 0), None)
    if open_at is not None:
        return Unsupported(f"the rule divides by zero at n = {open_at}", None)
    definitions = (
        f"def polynomials : List (List Int) := {_rows(rule.polynomials)}\n"
        f"def initial : List Int := {integers(rule.initial)}\n"
        f"def ruleAt : Nat → Int := pRecursive polynomials initial {integer(index)}\n"
    )
    exact = Theorem("exact", f"polyExact polynomials {offset} {integer(index)} initial = true", KERNEL)
    gives = f"polyGives polynomials {{values}} {integer(index)} initial"
    sound = f"polyGives_sound polynomials {{values}} {integer(index)} initial {{proved}}"
    return FunctionRule(definitions, gives, sound, exact)


def _at(polynomial: Sequence[int], n: int) -> int:
    return sum(coefficient * n**power for power, coefficient in enumerate(polynomial))


def value_theorems(offset: int, modulus: int, answer: int) -> list[Theorem]:
    """The asked-for term is the answer."""
    whole = f"ruleAt {offset}"
    computed = f"Int.emod ({whole}) {modulus}" if modulus else whole
    said = f"{whole} % {modulus}" if modulus else whole
    return [
        Theorem("value_number", f"eqInt ({computed}) {integer(answer)} = true", KERNEL),
        Theorem("value", f"{said} = {integer(answer)}", "eqInt_iff value_number"),
    ]
