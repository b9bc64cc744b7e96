"""Products and powers: sequences whose ratios, or whose exponents over one base, follow a rule themselves.

A random sequence has no integer ratios and is no power of one number, so hardly a sequence comes past these
tests by chance; what the ratios or exponents then are is left to the miners passed in, with their evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, PartialProduct, Polynomial, Power, Prefixed
from aimo_pipeline.mine.base import Miner, found
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.products.readings import Powers, on_a_line, readings
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

MAX_TOTAL_BITS = 1 << 26  # of all terms: bounds the work on long traces of huge terms


def product_miners(inner: tuple[Miner, ...]) -> tuple[Miner, ...]:
    """Both miners of this file, with ratios and exponents that may once more be products or powers.

    A product of powers of one base is itself a power, so ratios are not looked at as powers.

    Args:
        inner: for the ratios and exponents; the P-recursive miner among them finds binomials and factorials.
    """
    products = (*inner, ProductMiner(inner))
    return ProductMiner(products), PowerMiner((*products, PowerMiner(inner)))


@dataclass(frozen=True)
class ProductMiner:
    """Finds a(n) = start * ratio(first_index) * ... * ratio(n - 1) with integer ratios.

    Not covered: ratios that are no integers (hypergeometric terms have a miner of their own), terms with a
    zero, constant ratios (a geometric sequence is C-finite).
    """

    inner: tuple[Miner, ...]
    name: str = "product"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if len(terms) <= config.products.min_spare + 1:
            return NothingFits(f"{len(terms)} terms are too few")
        ratios = integer_ratios(terms)
        if ratios is None:
            return NothingFits("the ratios of neighbours are not all integers")
        if len({abs(ratio) for ratio in ratios}) < 2:
            return NothingFits("geometric, or of one absolute value")
        rule = line_rule(ratios, first_index, config) or mined(self.inner, ratios, first_index, config)
        if isinstance(rule, NothingFits):
            return NothingFits(f"ratios: {rule.reason}")
        formula = PartialProduct(first_index, terms[0], rule.formula)
        return _outer(formula, self.name, terms, rule, own_unknowns=1)


@dataclass(frozen=True)
class PowerMiner:
    """Finds a(n) = factor * base ^ exponent(n) + shift with |shift| <= config.products.max_power_shift.

    Not covered: exponents on a line (then the sequence is C-finite), fewer than
    products.min_distinct_exponents distinct exponents, terms that are equal to the shift, products of powers
    of several bases.
    """

    inner: tuple[Miner, ...]
    name: str = "power"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if len(terms) < min(config.products.min_spare, config.products.min_spare_doubling) + 2:
            return NothingFits(f"{len(terms)} terms are too few")
        if sum(term.bit_length() for term in terms) > MAX_TOTAL_BITS:
            return NothingFits("the terms are too large")
        least = config.products.min_distinct_exponents
        candidates = [powers for shift in _shifts(config) for powers in readings(terms, shift, least)]
        if not candidates:
            return NothingFits("the terms are not powers of one base")
        outcomes = [self._of(powers, terms, first_index, config) for powers in candidates]
        rules = [outcome for outcome in outcomes if isinstance(outcome, Found)]
        if len({_shift(rule) for rule in rules}) > 1:
            return NothingFits("several shifts fit")
        return min(rules, key=lambda rule: rule.unknowns, default=outcomes[0])

    def _of(self, powers: Powers, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        rule = _doubling(powers.exponents, first_index, config) or mined(
            self.inner, powers.exponents, first_index, config
        )
        if isinstance(rule, NothingFits):
            return NothingFits(f"exponents of {decimal(powers.base)}: {rule.reason}")
        formula = Power(first_index, powers.factor, powers.base, powers.shift, rule.formula)
        return _outer(formula, self.name, terms, rule, own_unknowns=2)


def integer_ratios(terms: tuple[int, ...]) -> tuple[int, ...] | None:
    """terms[n + 1] / terms[n]; None if one is no integer or a term is zero. Stops at the first such."""
    if not all(terms):
        return None
    ratios = []
    for term, following in pairwise(map(fmpz, terms)):
        ratio, rest = divmod(following, term)
        if rest:
            return None
        ratios.append(int(ratio))
    return tuple(ratios)


def line_rule(ratios: tuple[int, ...], first_index: int, config: MineConfig) -> Found | None:
    """Ratios c, c + d, c + 2 d, ... as of factorials; a sequence by itself would need more of a line."""
    if len(ratios) < config.products.min_spare + 2 or not on_a_line(ratios):
        return None
    formula = Polynomial(first_index, (ratios[0], ratios[1] - ratios[0]))
    return found(formula, family="polynomial", terms=ratios, unknowns=2)


def _doubling(exponents: tuple[int, ...], first_index: int, config: MineConfig) -> Found | None:
    """Exponents e(n + 1) = d e(n) + c, d >= 2, as in Fermat's numbers, too long for a long trace."""
    unknowns = 2 if exponents[0] and exponents[1] % exponents[0] == 0 else 3
    if min(exponents) < 0 or len(exponents) < config.products.min_spare_doubling + unknowns:
        return None
    steps = [b - a for a, b in pairwise(exponents)]
    if steps[0] < 1 or steps[1] % steps[0]:
        return None
    growth = steps[1] // steps[0]
    if growth < 2 or any(b != growth * a for a, b in pairwise(steps)):
        return None
    if exponents[1] == growth * exponents[0]:
        formula = CFinite(first_index, (growth,), exponents[:1])
        return found(formula, family="c-finite", terms=exponents, unknowns=2)
    formula = CFinite(first_index, (-growth, growth + 1), exponents[:2])
    return found(formula, family="c-finite", terms=exponents, unknowns=3)


def mined(
    inner: tuple[Miner, ...], terms: tuple[int, ...], first_index: int, config: MineConfig
) -> FitOutcome:
    """The best of all rules that fit, if there is a best one.

    A rule that sets in late is not taken: one wrong first term looks like that.
    """
    inside = replace(config, min_spare=config.products.min_spare)
    outcomes = [miner.find(terms, first_index, inside) for miner in inner]
    rules = [
        outcome
        for outcome in outcomes
        if isinstance(outcome, Found) and not isinstance(outcome.formula, Prefixed)
    ]
    if not rules:
        return NothingFits("no rule")
    best = decide(rules, Question(terms, (first_index,)), config)
    return best if isinstance(best, Found) else NothingFits(best.reason)


def _outer(
    formula: PartialProduct | Power, family: str, terms: tuple[int, ...], rule: Found, *, own_unknowns: int
) -> Found:
    """The evidence is that of the ratios or exponents: the same spare terms, with their bits."""
    return found(
        formula,
        family=family,
        terms=terms,
        unknowns=rule.unknowns + own_unknowns,
        spare=rule.spare,
        bits=rule.bits,
    )


def _shift(rule: Found) -> int:
    assert isinstance(rule.formula, Power)
    return rule.formula.shift


def _shifts(config: MineConfig) -> Iterator[int]:
    """0, 1, -1, 2, -2, ..."""
    yield 0
    for size in range(1, config.products.max_power_shift + 1):
        yield from (size, -size)
