"""Quasi-polynomials: a polynomial in n for each residue of n modulo a period."""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Formula, Interlaced, Polynomial, Prefixed
from aimo_pipeline.mine.base import bits_per_term, found
from aimo_pipeline.mine.integers import SIEVE_PRIME
from aimo_pipeline.mine.linear.polynomial import beyond, leading_differences
from aimo_pipeline.mine.trust.evidence import impostor
from aimo_pipeline.outcome import FitOutcome, NothingFits

MAX_TRANSIENT = 1
WINDOW = 160  # terms that the search looks at; what it finds is held against all of them
PART_SPARE = 2  # spare terms that each residue's polynomial needs for itself

Differences = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class QuasiPolynomialMiner:
    """Finds the quasi-polynomial of the shortest period, perhaps after one odd first term.

    Each residue has a polynomial of its own, of any degree up to max_degree_quasi; the unknowns are all
    their coefficients. They are believed if the spare terms are at least as many, carry min_bits_unit_roots
    bits, and number min_spare_unit_roots, or min_spare_curve where the degree is 2 or more. Partitions into
    given parts have fewer unknowns as recurrences, and are found as such sooner.

    Not covered: cycles (degree 0 in every residue) and plain polynomials, which have miners of their own.
    """

    name: str = "quasi-polynomial"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        reason = "no period"
        for transient in range(min(MAX_TRANSIENT + 1, len(terms))):
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
    residues = tuple(term % SIEVE_PRIME for term in terms[:WINDOW])
    for period in range(2, config.max_period + 1):
        if len(residues) < period * (PART_SPARE + 1):
            return None
        if _bends(residues[::period], config) or (
            _parts(residues, period, config.max_degree_quasi, SIEVE_PRIME) is None
        ):
            continue
        parts = _parts(terms, period, config.max_degree_quasi, 0)
        if parts is not None:
            return parts
    return None


def _bends(part: tuple[int, ...], config: MineConfig) -> bool:
    """True if the part's last terms alone show that its degree is too high; a quick look before all of it."""
    degree = _highest(part, config.max_degree_quasi)
    return bool(sum(map(mul, beyond(degree), part[-degree - 2 :])) % SIEVE_PRIME)


def _highest(part: tuple[int, ...], max_degree: int) -> int:
    return min(max_degree, len(part) - 1 - PART_SPARE)


def _parts(terms: tuple[int, ...], period: int, max_degree: int, modulus: int) -> Differences | None:
    parts = []
    for residue in range(period):
        part = terms[residue::period]
        differences = leading_differences(part, _highest(part, max_degree), modulus)
        if differences is None:
            return None
        parts.append(differences)
    return tuple(parts)


def _size(parts: Differences) -> int:
    return sum(map(len, parts))


def _weakness(parts: Differences, terms: tuple[int, ...], transient: int, config: MineConfig) -> str | None:
    """Why the parts are not believed; an odd first term has to be outweighed by a quarter more."""
    degree, period = max(map(len, parts)) - 1, len(parts)
    if degree == 0:
        return f"it is a cycle of {period}"
    least = config.min_spare_unit_roots if degree == 1 else config.min_spare_curve
    least += transient * least // 4
    spare, needed = len(terms) - _size(parts), max(least, _size(parts))
    if spare < needed:
        return f"period {period} and degree {degree} have {spare} spare terms, need {needed}"
    if spare * bits_per_term(terms) < (1 + transient / 4) * config.min_bits_unit_roots:
        return f"period {period} and degree {degree}: the spare terms say too little"
    return None
