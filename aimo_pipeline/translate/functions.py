"""Rules that are no C-finite recurrence, as functions that Lean's kernel can run.

k-regular sequences go by their index's digits, so a(10^18) takes sixty steps; P-recursive ones from term to
term, so only near terms can be asked for. Both divide: a theorem `exact` says that nothing was rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from aimo_pipeline.formula import Formula, KRegular, PRecursive
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.theorems import KERNEL, computed, integer, integers
from aimo_pipeline.verify.engine import Theorem

MAX_SIZE = 16  # of a k-regular rule's matrices
MAX_STEPS = 400  # of a P-recursive rule; on integers the kernel takes some milliseconds for each
MAX_NATURAL_STEPS = 2_000  # on natural numbers, some tenths of a millisecond


@dataclass(frozen=True)
class FunctionRule:
    """A rule in Lean.

    Attributes:
        definitions: Lean text; `ruleAt j` is the term at first_index + j.
        gives: the theorem's text that the rule gives a list of first values, but for the list's name.
        sound: what makes of it the statement about each of these values.
        exact: the statement that nothing was rounded on the way to the value.
        run: where all terms on the way are natural numbers, the arguments of polyRuns but for the last two,
            by which value and exactness are computed in one go. Else None.
    """

    definitions: str
    gives: str
    sound: str
    exact: str
    run: str | None = None

    def values(self, name: str, values: str) -> Theorem:
        """The theorem that the rule gives these values."""
        return Theorem(name, f"{self.gives.format(values=values)} = true", KERNEL)

    def each(self, name: str, values: str, proved: str) -> Theorem:
        """The theorem that it gives each of them."""
        statement = f"∀ j (h : j < {values}.length), ruleAt j = {values}[j]"
        return Theorem(name, statement, self.sound.format(values=values, proved=proved))

    def value(self, offset: int, modulus: int, answer: int) -> list[Theorem]:
        """The theorems `exact` and that the asked-for term is the answer, modulo `modulus` unless it is 0."""
        if self.run is not None and answer >= 0:
            return _natural_value(self.run, self.exact, offset, modulus, answer)
        whole = f"ruleAt {offset}"
        number = f"Int.emod ({whole}) {modulus}" if modulus else whole
        said = f"{whole} % {modulus}" if modulus else whole
        return [
            Theorem("exact", self.exact, KERNEL),
            computed("value_number", f"eqInt ({number}) {integer(answer)}"),
            Theorem("value", f"{said} = {integer(answer)}", "eqInt_iff value_number"),
        ]


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
    exact = f"isZero (Int.emod ({whole}) {rule.scale}) = true"
    return FunctionRule(definitions, "gives ruleAt {values} 0", "gives_first ruleAt {values} {proved}", exact)


def _p_recursive(rule: PRecursive, offset: int) -> FunctionRule | Unsupported:
    if offset > MAX_NATURAL_STEPS:
        return _too_far(MAX_NATURAL_STEPS)
    index = rule.first_index + len(rule.initial) - rule.order
    # Lean says x / 0 = 0, by which `exact` could hold where the rule leaves a term open.
    open_at = next((n for n in range(index, index + offset) if _at(rule.polynomials[-1], n) == 0), None)
    if open_at is not None:
        return Unsupported(f"the rule divides by zero at n = {open_at}", None)
    sign = _sign_on_the_way(rule, index, offset)
    if sign is None and offset > MAX_STEPS:
        return _too_far(MAX_STEPS)
    # A natural number, where poly_runs speaks of one, so that Lean sees at once that both are the same.
    begin = integer(index) if sign is None else f"({index} : Nat)"
    definitions = (
        f"def polynomials : List (List Int) := {_rows(rule.polynomials)}\n"
        f"def initial : List Int := {integers(rule.initial)}\n"
        f"def ruleAt : Nat → Int := pRecursive polynomials initial {begin}\n"
    )
    exact = f"polyExact polynomials {offset} {begin} initial = true"
    gives = f"polyGives polynomials {{values}} {begin} initial"
    sound = f"polyGives_sound polynomials {{values}} {begin} initial {{proved}}"
    run = None if sign is None else f"polynomials initial {integer(sign)} {index} {offset}"
    return FunctionRule(definitions, gives, sound, exact, run)


def _too_far(steps: int) -> Unsupported:
    return Unsupported(f"a P-recursive rule like this is followed for {steps} terms, not to a far one", None)


def _at(polynomial: Sequence[int], n: int) -> int:
    return sum(coefficient * n**power for power, coefficient in enumerate(polynomial))


def _sign_on_the_way(rule: PRecursive, index: int, steps: int) -> int | None:
    """The sign of what is divided by, where it is the same in each step and all terms are natural numbers."""
    terms, lead = list(rule.initial), rule.polynomials[-1]
    sign = 1 if _at(lead, index) > 0 else -1
    if index < 0 or min(terms) < 0:
        return None
    for n in range(index, index + steps):
        total = sum(map(mul, (_at(p, n) for p in rule.polynomials), terms[len(terms) - rule.order :]))
        term, rest = divmod(-total, _at(lead, n))
        if rest or term < 0 or sign * _at(lead, n) < 0:
            return None
        terms.append(term)
    return sign


def _natural_value(run: str, exact: str, offset: int, modulus: int, answer: int) -> list[Theorem]:
    arguments = f"{run} {modulus} {answer}"
    value = f"(poly_runs {arguments} value_number).2"
    said = f"ruleAt {offset} % ({modulus} : Nat)"
    if not modulus:
        value, said = f"poly_runs_exact {run} {answer} value_number", f"ruleAt {offset}"
    return [
        computed("value_number", f"polyRuns {arguments}"),
        Theorem("exact", exact, f"(poly_runs {arguments} value_number).1"),
        Theorem("value", f"{said} = ({answer} : Nat)", value),
    ]
