"""Sequences that are read off the digits of n: sums of digits, Thue-Morse, Stern's, Josephus's and such.

Each term follows from terms with fewer digits: the rule is one integer matrix per digit. digitwise.py knows
the rules that few terms can show, kernel.py searches for any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Interlaced, KRegular, Polynomial
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, found
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.digits.digitwise import DigitRule, Indexed, digitwise_rule
from aimo_pipeline.mine.digits.elements import EVERY_AFFINE, Affine, is_out_of_reach
from aimo_pipeline.mine.digits.kernel import kernel_rule
from aimo_pipeline.mine.floors.interval import may_be_beatty
from aimo_pipeline.mine.linear.quasi import shortest_period
from aimo_pipeline.mine.words import shortest_cycle, steps_of
from aimo_pipeline.outcome import FitOutcome, NothingFits

BASES = (2, 3, 4, 5, 6, 7, 8, 9, 10)
MAX_WINDOW = 256  # terms that are searched; all are checked
MAX_TERM_BITS = 128  # a k-regular sequence grows no faster than a power of n
MAX_INDEX_BITS = 100_000
FAR_ON = 4  # times as many terms: there sums of digits have long left their quasi-polynomial
GIVEN: tuple[tuple[Affine, ...], ...] = ((), EVERY_AFFINE[:1], EVERY_AFFINE)


@dataclass(frozen=True)
class KRegularMiner:
    """Finds the base and the rule by which each term follows from terms with fewer digits.

    Every relation is exact on all terms and has at least digits.min_surplus equations more than unknowns;
    what all of them say together must reach digits.min_bits. Two rules that part soon after the terms
    cancel out.

    Attributes:
        bases: those that are tried, in this order.

    Not covered: a first index other than 0 or 1, bases above 10, coefficients that are not integers.
    """

    bases: tuple[int, ...] = BASES
    name: str = "k-regular"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if first_index not in (0, 1) or len(terms) < config.digits.min_terms:
            return NothingFits("rules on digits need more terms, from index 0 or 1 on")
        if any(term.bit_length() > MAX_TERM_BITS for term in terms) or len(set(terms)) < 2:
            return NothingFits("constant, or grows too fast for a rule on digits")
        later = terms[len(terms) // 4 :]
        if (
            _outgrows(terms, config.digits.max_growth)
            or shortest_cycle(later, 0, config.digits.max_periods)[1]
        ):
            return NothingFits("grows too fast for a rule on digits, or repeats after a while")
        if len(set(steps_of(later))) == 1:
            return NothingFits("a straight line after a while")
        window = terms[:MAX_WINDOW]
        if may_be_beatty(window) or may_be_beatty(tuple(accumulate(window, initial=0))):
            return NothingFits("the terms are the floors of a line, or their steps")
        known = Indexed(window, first_index)
        rules: list[DigitRule] = []
        for base in self.bases:
            if any(rule.bits >= config.bits_beyond_doubt for rule in rules):
                break
            if len({rule.formula.base for rule in rules}) < 2 and not _is_covered(base, rules, config):
                rules += _rules(known, base, config)
        if not rules:
            return NothingFits("no rule on digits in any base")
        if any(_is_a_weak_quasi_polynomial(rule.formula, window, config) for rule in rules):
            return NothingFits("a quasi-polynomial, which needs more terms")
        if any(_is_opposed_by_a_cycle(rule.formula, window, config) for rule in rules):
            return NothingFits("the terms have repeated so far, and the rule on digits says otherwise")
        if len({first_terms(rule.formula, len(window) + config.digits.compared_terms) for rule in rules}) > 1:
            return NothingFits("several rules on digits fit, and part soon")
        best = max(rules, key=lambda rule: rule.bits)
        if first_terms(best.formula, len(terms)) != terms:
            return NothingFits("the rule on digits does not give all terms")
        unknowns = len(window) - best.spare
        return found(best.formula, family=self.name, terms=terms, unknowns=unknowns, bits=best.bits)


def _rules(known: Indexed, base: int, config: MineConfig) -> Iterator[DigitRule]:
    """Those with enough evidence; with more given, a rule that was found comes again at greater length."""
    rule = digitwise_rule(known, base, config.digits.min_rows)
    if rule is not None and rule.bits >= config.digits.min_bits:
        yield rule
    if known.last_index < base * (base + 1) or is_out_of_reach(known, base, config):
        return  # numerals of two digits say nothing about those of three
    for given in GIVEN:
        rule = kernel_rule(known, base, given, config)
        if rule is not None and rule.bits >= config.digits.min_bits:
            yield rule
            return


def _is_covered(base: int, rules: list[DigitRule], config: MineConfig) -> bool:
    """Whether a rule on digits in a power of a base is none of its own.

    A large one may have fitted what few digits in the larger base say.
    """
    return any(
        _is_power(base, rule.formula.base) and len(rule.formula.left) <= config.digits.max_dimension_sure
        for rule in rules
    )


def _is_a_weak_quasi_polynomial(formula: KRegular, terms: tuple[int, ...], config: MineConfig) -> bool:
    """The rule says what a quasi-polynomial through all terms says, which asks for more of them.

    Those are k-regular; but what they are asked for, since much else looks like them for a while, holds in
    this form as well.
    """
    count = FAR_ON * len(terms)
    for transient in range(config.unit_roots.max_transient + 1):
        parts = shortest_period(terms[transient:], config)
        if parts is not None:
            rule = Interlaced(transient, tuple(Polynomial(0, part) for part in parts))
            return terms_of(rule, count - transient) == first_terms(formula, count)[transient:]
    return False


def _is_opposed_by_a_cycle(formula: KRegular, terms: tuple[int, ...], config: MineConfig) -> bool:
    transient, period = shortest_cycle(terms, config.unit_roots.max_transient, config.digits.rival_periods)
    if not period:
        return False
    foretold = first_terms(formula, len(terms) + config.digits.compared_terms)[transient:]
    return foretold[period:] != foretold[:-period]


def _outgrows(terms: tuple[int, ...], degree: int) -> bool:
    """Faster than n^degree by the second half of the terms."""
    lengths = [term.bit_length() for term in terms]
    half = len(lengths) // 2
    return max(lengths[half:]) > max(lengths[: half + 1]) + degree


def _is_power(number: int, base: int) -> bool:
    while number % base == 0:
        number //= base
    return number == 1


def first_terms(formula: KRegular, count: int) -> tuple[int, ...]:
    """The first terms of a rule whose scale is 1, each from the row of the index without its last digit."""
    rows = [formula.left]
    columns = [tuple(zip(*matrix, strict=True)) for matrix in formula.matrices]
    for n in range(1, formula.first_index + count):
        parent, digit = divmod(n, formula.base)
        row = rows[parent]
        rows.append(tuple([sum(map(mul, row, column)) for column in columns[digit]]))
    known = rows[formula.first_index : formula.first_index + count]
    return tuple(sum(map(mul, row, formula.right)) for row in known)


def value(formula: KRegular, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The term at `index`, exact or modulo `modulus`: a row times one matrix per digit.

    Returns:
        CannotEvaluate for an index before the first, below 0 or of more than 10^5 bits, a modulus below 1, a
        rule whose parts do not match or whose scale does not divide the value, or a term of more than 10^6
        digits.
    """
    refusal = _refusal(formula, index, modulus)
    if refusal is not None:
        return refusal
    ring = None if modulus is None else modulus * formula.scale
    row = list(formula.left)
    for digit in _digits(index, formula.base):
        row = _times(row, formula.matrices[digit], ring)
    total = sum(a * b for a, b in zip(row, formula.right, strict=True))
    whole, rest = divmod(total if ring is None else total % ring, formula.scale)
    if rest:
        return CannotEvaluate("the rule's scale does not divide the value")
    return (
        CannotEvaluate("the exact term has more than 10^6 digits") if whole.bit_length() > MAX_BITS else whole
    )


def _refusal(formula: KRegular, index: int, modulus: int | None) -> CannotEvaluate | None:
    size = len(formula.left)
    shapes = [len(formula.right), *(len(m) for m in formula.matrices)]
    shapes += [len(row) for matrix in formula.matrices for row in matrix]
    if index < max(formula.first_index, 0) or index.bit_length() > MAX_INDEX_BITS:
        return CannotEvaluate(f"the index lies before the first, or has more than {MAX_INDEX_BITS} bits")
    if modulus is not None and modulus < 1:
        return CannotEvaluate("modulus must be positive")
    if (
        formula.base < 2
        or formula.scale < 1
        or len(formula.matrices) != formula.base
        or set(shapes) != {size}
    ):
        return CannotEvaluate("the rule's parts do not match")
    return None


def _digits(index: int, base: int) -> list[int]:
    digits = []
    while index:
        index, digit = divmod(index, base)
        digits.append(digit)
    return digits[::-1]


def _times(row: list[int], matrix: tuple[tuple[int, ...], ...], ring: int | None) -> list[int]:
    """The row times the matrix; most entries are 0, and most rows of a small rule are short."""
    product = [0] * len(row)
    for entry, line in zip(row, matrix, strict=True):
        if entry:
            for place, factor in enumerate(line):
                product[place] += entry * factor
    return product if ring is None else [entry % ring for entry in product]
