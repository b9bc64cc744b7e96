"""The Lean document about one mined rule: which statements are made, and what each is called.

Claims, each a theorem of its own, reported one by one:

- trace: the rule gives every value that the trace program printed;
- program: the compiled trace program equals the rule at the first indices, also beyond the traced ones;
- program_all: for programs that are a recurrence themselves (loop.py), at every index;
- closed_form: for polynomials, sums of powers times (quasi-)polynomials, and order 2 with irrational roots,
  the closed form equals the recurrence for all n;
- exact: where a rule divides, nothing was rounded on the way to the value;
- value: the asked-for term (modulo the asked-for modulus) is the answer. The kernel computes by binary
  powering; TraceToLean.Far proves that this is the definition, for every index and modulus.

The text is rendered from typed values only. What a language model wrote reaches Lean solely through
program.py, which parses it into its own tree first.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import CFinite, Formula, KRegular, Polynomial, PRecursive
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.closed import closed_sum, irrational
from aimo_pipeline.translate.every_index import EveryIndex, every_index
from aimo_pipeline.translate.formula import power_residue, series_of
from aimo_pipeline.translate.functions import FunctionRule, as_function
from aimo_pipeline.translate.program import CompiledProgram
from aimo_pipeline.translate.recurrence import as_recurrence, iterated
from aimo_pipeline.translate.theorems import (
    bits,
    closed_form_theorem,
    closed_sum_theorems,
    closed_terms,
    integer,
    integers,
    program_gives,
    program_theorems,
    recurrence_value_theorems,
    root_form_theorem,
    trace_theorems,
)
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, LeanDocument, Theorem

_MAX_DIGITS = 60_000
_MAX_INDEX_BITS = 256
_MAX_EXACT_INDEX = 5_000


@dataclass(frozen=True)
class Statement:
    """A document and what it would establish.

    Attributes:
        document: what Lean gets.
        claims: theorem names among trace, program, program_all, closed_form, value, in this order.
        compared: at how many indices program and rule are compared; 0 without a program.
        checked_index: the last of these indices, None without a program.
    """

    document: LeanDocument
    claims: tuple[str, ...]
    compared: int
    checked_index: int | None


def _definition(name: str, lean_type: str, value: str) -> str:
    return f"def {name} : {lean_type} := {value}\n"


def _every_index(program: CompiledProgram, rule: CFinite, checked: int) -> EveryIndex | None:
    """The statement for every index, where the program is a loop with the rule's terms."""
    loop = program.loop
    if loop is None or not checked:
        return None
    size = len(loop.coefficients)
    terms = tuple(iterated(rule, size + rule.order))
    own = CFinite(rule.first_index, loop.coefficients, terms[:size])
    # Sequences of orders p and q are equal if their first p + q terms are.
    if tuple(iterated(own, size + rule.order)) != terms:
        return None
    found = every_index(loop, program.entry, own)
    return found if found.skipped <= checked else None


def _closed_form(formula: Formula, rule: CFinite) -> tuple[str, list[Theorem]] | None:
    """Definitions and theorems that a closed form is the rule at every index, where it has one."""
    if isinstance(formula, Polynomial):
        return "", [closed_form_theorem(formula)]
    form = closed_sum(rule)
    if form is not None:
        return closed_terms(form), closed_sum_theorems(form)
    return ("", [root_form_theorem(rule)]) if irrational(rule) else None


def _too_large(rule: CFinite, sequence: Sequence, target: Target) -> Unsupported | None:
    # bit_length, because Python refuses to print integers of more than 4300 digits.
    bits = sum(abs(term).bit_length() for term in (*sequence.terms, *rule.coefficients))
    offset = target.index - rule.first_index
    if bits > 3 * _MAX_DIGITS or offset.bit_length() > _MAX_INDEX_BITS:
        return Unsupported("the numbers are too large for one Lean document", None)
    if target.modulus is None and offset > _MAX_EXACT_INDEX:
        return Unsupported("an exact far term without a modulus is too large", None)
    if offset < 0 or rule.order == 0:
        return Unsupported("the target lies before the first term", None)
    return None


def translate(
    formula: Formula,
    sequence: Sequence,
    target: Target,
    answer: int,
    *,
    program: CompiledProgram | None,
    compared: int,
) -> Statement | Unsupported:
    """Render everything that is claimed about a mined rule.

    Args:
        formula: the rule, with the sequence's first index.
        sequence: every traced value.
        target: which term is asked for.
        answer: the value claimed for it.
        program: the compiled trace program, if it could be compiled.
        compared: at how many of the first indices program and rule are compared; beyond the traced terms with
            what the rule says.

    Returns:
        The statement, or Unsupported when the rule has no Lean definition or the numbers are too large to be
        sent.
    """
    if isinstance(formula, KRegular | PRecursive):
        return _function_statement(formula, sequence, target, answer, program, compared)
    rule = as_recurrence(formula)
    if isinstance(rule, Unsupported):
        return rule
    refusal = _too_large(rule, sequence, target)
    if refusal is not None:
        return refusal
    modulus = target.modulus or 0
    if modulus and not 0 <= answer < modulus:
        return Unsupported("the answer is no residue of its modulus", None)
    checked = compared if program is not None else 0
    every = _every_index(program, rule, checked) if program is not None else None
    rule = every.rule if every is not None else rule
    offset = target.index - rule.first_index
    definitions = [
        _definition("coefficients", "List Int", integers(rule.coefficients)),
        _definition("initial", "List Int", integers(rule.initial)),
        _definition("traced", "List Int", integers(sequence.terms)),
        _definition("index", "Nat", str(offset)),
    ]
    if modulus:
        definitions.append(_definition("series", "List Int", integers(series_of(rule, modulus))))
    else:
        definitions.append(_definition("indexBits", "List Bool", bits(offset)))
        definitions.append(_definition("residue", "List Int", integers(power_residue(rule, offset, 0))))
    theorems, claims = trace_theorems(), ["trace"]
    if program is not None and checked:
        values = [*sequence.terms, *iterated(rule, checked)[len(sequence.terms) :]][:checked]
        definitions += [
            _definition("firstIndex", "Int", integer(sequence.first_index)),
            _definition("compared", "List Int", integers(values)),
            program.definitions,
        ]
        theorems += program_theorems(program.entry)
        claims.append("program")
    if every is not None:
        definitions.append(every.definitions)
        theorems += every.theorems
        claims.append("program_all")
    closed = _closed_form(formula, rule)
    if closed is not None:
        definitions.append(closed[0])
        theorems += closed[1]
        claims.append("closed_form")
    theorems += recurrence_value_theorems(modulus, answer)
    document = LeanDocument(LIBRARY_IMPORTS, "\n".join(definitions), tuple(theorems))
    last = sequence.first_index + checked - 1 if checked else None
    return Statement(document, (*claims, "value"), checked, last)


def _function_statement(
    formula: KRegular | PRecursive,
    sequence: Sequence,
    target: Target,
    answer: int,
    program: CompiledProgram | None,
    compared: int,
) -> Statement | Unsupported:
    """The same claims about a rule that is a function and no recurrence with constant coefficients."""
    offset, modulus = target.index - formula.first_index, target.modulus or 0
    rule = as_function(formula, offset)
    if isinstance(rule, Unsupported):
        return rule
    bits = sum(abs(term).bit_length() for term in sequence.terms)
    if offset < 0 or offset.bit_length() > _MAX_INDEX_BITS or bits > 3 * _MAX_DIGITS:
        return Unsupported("the target or the numbers are out of range for one Lean document", None)
    if modulus and not 0 <= answer < modulus:
        return Unsupported("the answer is no residue of its modulus", None)
    definitions = [rule.definitions, _definition("traced", "List Int", integers(sequence.terms))]
    theorems = [rule.values("trace_values", "traced"), rule.each("trace", "traced", "trace_values")]
    checked = min(compared, len(sequence.terms)) if program is not None else 0
    if program is not None and checked:
        definitions += [
            _definition("firstIndex", "Int", integer(sequence.first_index)),
            _definition("compared", "List Int", integers(sequence.terms[:checked])),
            program.definitions,
        ]
        theorems += _function_program_theorems(program.entry, rule)
    claims = ("trace", "program", "exact", "value") if checked else ("trace", "exact", "value")
    theorems += rule.value(offset, modulus, answer)
    document = LeanDocument(LIBRARY_IMPORTS, "\n".join(definitions), tuple(theorems))
    last = sequence.first_index + checked - 1 if checked else None
    return Statement(document, claims, checked, last)


def _function_program_theorems(entry: str, rule: FunctionRule) -> list[Theorem]:
    return [
        program_gives("program_values", entry, "firstIndex", "compared"),
        rule.values("program_rule_values", "compared"),
        rule.each("program_rule", "compared", "program_rule_values"),
        Theorem(
            "program",
            f"∀ j : Nat, j < compared.length → {entry} (.i (firstIndex + j)) = .i (ruleAt j)",
            f"program_is_function {entry} ruleAt compared firstIndex program_values program_rule",
        ),
    ]
