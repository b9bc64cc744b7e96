"""Products of powers of a few primes, each with a rule for its exponents: 2^F(n) 3^F(n + 1), 2^n 3^(n^2)."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Formula, Periodic, Power, Product
from aimo_pipeline.mine.base import Miner, found
from aimo_pipeline.mine.products.product import mined
from aimo_pipeline.mine.products.readings import valuation
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
MAX_PRIMES = 4
MAX_TOTAL_BITS = 1 << 18


@dataclass(frozen=True)
class SmoothMiner:
    """Finds products of powers of two to four primes below 40, for positive terms.

    Not covered: exponents that are powers themselves, factors that are no powers, and cycles.
    """

    inner: tuple[Miner, ...]
    name: str = "product of powers"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if len(terms) < config.products.min_spare + 2 or min(terms) < 1:
            return NothingFits("too few terms, or one that is not positive")
        if sum(term.bit_length() for term in terms) > MAX_TOTAL_BITS:
            return NothingFits("the terms are too large")
        exponents = prime_exponents(terms)
        if exponents is None or not 2 <= len(exponents) <= MAX_PRIMES:
            return NothingFits("the terms are not made of two to four small primes")
        rules: list[Found] = []
        factors: list[Formula] = []
        for prime, sequence in exponents.items():
            rule = mined(self.inner, sequence, first_index, config)
            if isinstance(rule, NothingFits):
                return NothingFits(f"exponents of {prime}: {rule.reason}")
            rules.append(rule)
            factors.append(Power(first_index, 1, prime, 0, rule.formula))
        if all(
            isinstance(rule.formula, Periodic) or len(set(sequence)) == 1
            for rule, sequence in zip(rules, exponents.values(), strict=True)
        ):
            # Each exponent by itself may pass where the terms do not: of 0 and 1 less is asked.
            return NothingFits("a cycle, which is judged as one")
        return found(
            Product(first_index, tuple(factors)),
            family=self.name,
            terms=terms,
            unknowns=sum(rule.unknowns + 1 for rule in rules),
            spare=min(rule.spare for rule in rules),
            bits=sum(rule.bits for rule in rules),
        )


def prime_exponents(terms: tuple[int, ...]) -> dict[int, tuple[int, ...]] | None:
    """The exponents of each prime below 40 that divides some term; None if other primes do as well."""
    columns: list[list[int]] = []
    for term in terms:
        rest, exponents = fmpz(term), []
        for prime in PRIMES:
            exponents.append(valuation(term, prime))
            rest //= fmpz(prime) ** exponents[-1]
        if rest != 1:
            return None
        columns.append(exponents)
    lines = zip(PRIMES, zip(*columns, strict=True), strict=True)
    return {prime: line for prime, line in lines if any(line)}
