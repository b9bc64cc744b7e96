"""Quasi-polynomials: a polynomial in n for each residue of n modulo a period."""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_linear import UnitRootRules
from aimo_pipeline.formula import Formula, Interlaced, Polynomial, Prefixed
from aimo_pipeline.mine.base import bits_per_term, found
from aimo_pipeline.mine.integers import SIEVE_PRIME
from aimo_pipeline.mine.linear.polynomial import beyond, leading_differences
from aimo_pipeline.mine.trust.evidence import impostor
from aimo_pipeline.outcome import FitOutcome, NothingFits

WINDOW = 160  # terms that the search looks at; what it finds is held against all of them

Differences = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class QuasiPolynomialMiner:
    """Finds the quasi-polynomial of the shortest period, perhaps after one odd first term.

    Each residue has a polynomial of its own, of any degree up to unit_roots.max_degree; the unknowns are all
    their coefficients. They are believed if the spare terms are at least as many, carry unit_roots.min_bits
    bits, and number unit_roots.min_spare, or unit_roots.min_spare_curve where the degree is 2 or more.
    Partitions into given parts have fewer unknowns as recurrences, and are found as such sooner.

    Not covered: cycles (degree 0 in every residue) and plain polynomials, which have miners of their own.
    """

    name: str = "quasi-polynomial"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        reason = "no period"
        for transient in range(min(config.unit_roots.max_transient + 1, len(terms))):
            parts = shortest_period(terms[transient:], config)
            if parts is None:
                continue
            weakness = _weakness(parts, terms[transient:], transient, config)
            weakness = weakness or impostor(terms, len(parts), config)
            if weakness is None:
                return self._found(parts, transient, terms, first_index)
            reason = weakness
        return NothingFits(reason)

    def _found(
        self, parts: Differences, transient: int, terms: tuple[int, ...], first_index: int
    ) -> FitOutcome:
        polynomials = tuple(Polynomial(0, part) for part in parts)
        rule: Formula = Interlaced(first_index + transient, polynomials)
        if transient:
            rule = Prefixed(first_index, terms[:transient], rule)
        return found(rule, family=self.name, terms=terms, unknowns=transient + _size(parts))


def shortest_period(terms: tuple[int, ...], config: MineConfig) -> Differences | None:
    """Newton differences of the polynomial of each residue, for the shortest period from 2 on.

    Args:
        terms: the sequence, its first term being of residue 0.

    Returns:
        one tuple per residue; None if no period up to max_period leaves spare terms in every residue.
    """
    residues, rules = tuple(term % SIEVE_PRIME for term in terms[:WINDOW]), config.unit_roots
    for period in range(2, rules.max_period + 1):
        if len(residues) < period * (rules.min_spare_per_part + 1):
            return None
        if _bends(residues[::period], rules) or (_parts(residues, period, rules, SIEVE_PRIME) is None):
            continue
        parts = _parts(terms, period, rules, 0)
        if parts is not None:
            return parts
    return None


def _bends(part: tuple[int, ...], rules: UnitRootRules) -> bool:
    """True if the part's last terms alone show that its degree is too high; a quick look before all of it."""
    degree = _highest(part, rules)
    return bool(sum(map(mul, beyond(degree), part[-degree - 2 :])) % SIEVE_PRIME)


def _highest(part: tuple[int, ...], rules: UnitRootRules) -> int:
    return min(rules.max_degree, len(part) - 1 - rules.min_spare_per_part)


def _parts(terms: tuple[int, ...], period: int, rules: UnitRootRules, modulus: int) -> Differences | None:
    parts = []
    for residue in range(period):
        part = terms[residue::period]
        differences = leading_differences(part, _highest(part, rules), modulus)
        if differences is None:
            return None
        parts.append(differences)
    return tuple(parts)


def _size(parts: Differences) -> int:
    return sum(map(len, parts))


def _weakness(parts: Differences, terms: tuple[int, ...], transient: int, config: MineConfig) -> str | None:
    """Why the parts are not believed; an odd first term has to be outweighed by more."""
    degree, period = max(map(len, parts)) - 1, len(parts)
    if degree == 0:
        return f"it is a cycle of {period}"
    least = config.unit_roots.min_spare if degree == 1 else config.unit_roots.min_spare_curve
    least += int(transient * config.unit_roots.more_after_transient * least)
    spare, needed = len(terms) - _size(parts), max(least, _size(parts))
    if spare < needed:
        return f"period {period} and degree {degree} have {spare} spare terms, need {needed}"
    if (
        spare * bits_per_term(terms)
        < (1 + transient * config.unit_roots.more_after_transient) * config.unit_roots.min_bits
    ):
        return f"period {period} and degree {degree}: the spare terms say too little"
    return None
