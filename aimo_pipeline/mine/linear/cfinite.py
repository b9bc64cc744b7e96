"""Linear recurrences with constant integer coefficients, found by Berlekamp-Massey modulo primes.

Over the integers the algorithm's fractions explode; modulo a prime they do not. Two primes must
agree on the order, the Chinese remainder theorem lifts the coefficients, and exact arithmetic on
every term has the last word, so an unlucky prime can lose a rule but never invent one. No rational
reconstruction is needed: the minimal recurrence of an integer sequence has integer coefficients
(Fatou's lemma), so the symmetric residues are the coefficients themselves.

Source: Massey, Shift-register synthesis and BCH decoding, IEEE Trans. IT 15 (1969).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

from flint import fmpz_poly, nmod_mat

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, Formula, Prefixed
from aimo_pipeline.mine.base import found, weakness_of_recurrence, weakness_of_unit_roots
from aimo_pipeline.mine.integers import SIEVE_PRIME, least_residue
from aimo_pipeline.mine.trust.evidence import impostor
from aimo_pipeline.outcome import FitOutcome, NothingFits

# Both are Mersenne primes. The small one turns most sequences away quickly; together they hold
# coefficients of up to 667 bits.
SMALL_PRIME = SIEVE_PRIME
LARGE_PRIME = 2**607 - 1
WORD = 2**63
FEW_ROWS = 2  # more than columns, of a matrix that has full rank in most cases


@dataclass(frozen=True)
class CFiniteMiner:
    """Finds the shortest recurrence through all terms, perhaps after a short transient.

    A transient of t terms adds t to the order that the evidence is counted for: at most max_transient
    terms, one where all roots are roots of unity. One corrupted early term looks like a transient too;
    from the second term on it shows, since the terms before it obey the recurrence when it is run
    backwards, and is refused.

    Not covered: coefficients beyond 667 bits. Constants and polynomials are left to their own miner,
    which asks less of them where that is safe.
    """

    name: str = "c-finite"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        highest = min(config.max_order, (len(terms) - config.min_spare) // 2, len(terms) // 3)
        if highest < 1:
            return NothingFits(f"{len(terms)} terms are too few for any order")
        coefficients = integer_recurrence(terms, highest)
        if coefficients is None:
            return NothingFits(f"no order up to {highest}")
        if not any(coefficients):
            return NothingFits(
                "all terms are zero" if not coefficients else "all terms but the first are zero"
            )
        weakness = _weakness(coefficients, terms, config)
        if weakness:
            return NothingFits(weakness)
        formula = _rule(coefficients, terms, first_index)
        return found(formula, family=self.name, terms=terms, unknowns=2 * len(coefficients))


def _rule(coefficients: tuple[int, ...], terms: tuple[int, ...], first_index: int) -> Formula:
    transient, order = _transient(coefficients), len(coefficients)
    tail = CFinite(first_index + transient, coefficients[transient:], terms[transient:order])
    return Prefixed(first_index, terms[:transient], tail) if transient else tail


def _transient(coefficients: tuple[int, ...]) -> int:
    """How many terms precede the recurrence: the factors x of the characteristic polynomial."""
    return next((place for place, c in enumerate(coefficients) if c), 0)


def integer_recurrence(terms: tuple[int, ...], highest: int) -> tuple[int, ...] | None:
    """Coefficients, the oldest term's first, of the shortest integer recurrence of all terms.

    Args:
        terms: the sequence.
        highest: largest order to look for.

    Returns:
        k <= highest integers (none at all for the zero sequence), exact on every term; None if
        there is no such recurrence, as for a negative `highest`.
    """
    small = shortest_recurrence(terms, SMALL_PRIME, highest)
    if small is None:
        return None
    large = shortest_recurrence(terms, LARGE_PRIME, len(small))
    if large is None or len(large) != len(small):
        return None
    lifted = tuple(_lift(a, b) for a, b in zip(small, large, strict=True))
    return lifted if obeys(terms, lifted) else None


def obeys(terms: tuple[int, ...], coefficients: tuple[int, ...]) -> bool:
    """True if the recurrence gives every term from the ones before it; stops at the first miss."""
    order = len(coefficients)
    return all(
        terms[n] == sum(c * a for c, a in zip(coefficients, terms[n - order : n], strict=True))
        for n in range(order, len(terms))
    )


def shortest_recurrence(terms: tuple[int, ...], prime: int, highest: int) -> tuple[int, ...] | None:
    """Berlekamp-Massey modulo `prime`, given up as soon as the order passes `highest`.

    Returns:
        residues 0..prime-1, the oldest term's first; None if no order up to `highest` will do, as none does
        if that is negative.
    """
    if highest < 0:  # FLINT ends the process when it is asked for a matrix of negative width
        return None
    residues = [term % prime for term in terms]
    if prime < WORD and _has_full_rank(residues, prime, highest):
        return None
    current, previous = [1], [1]  # connection polynomials: sum of current[i] * a(n - i) is 0
    order, age, last_gap = 0, 1, 1
    for n, term in enumerate(residues):
        gap = (term + sum(c * residues[n - i] for i, c in enumerate(current[1:], 1))) % prime
        if gap == 0:
            age += 1
            continue
        corrected = _subtract(current, previous, age, gap * pow(last_gap, -1, prime) % prime, prime)
        if 2 * order > n:
            current, age = corrected, age + 1
            continue
        order = n + 1 - order
        if order > highest:
            return None
        previous, last_gap, age, current = current, gap, 1, corrected
    padded = current + [0] * (order + 1 - len(current))
    return tuple(-c % prime for c in reversed(padded[1 : order + 1]))


def _has_full_rank(residues: list[int], prime: int, highest: int) -> bool:
    """No order up to `highest` will do, because the Hankel matrix of that width has no null vector.

    One rank in C instead of a step in Python for each term turns away what has no recurrence.
    """
    width, rows = highest + 1, len(residues) - highest
    if rows < width:
        return False
    for height in (min(rows, width + FEW_ROWS), rows):  # a few rows are enough for most
        entries = [residue for row in range(height) for residue in residues[row : row + width]]
        if nmod_mat(height, width, entries, prime).rank() == width:
            return True
    return False


def _subtract(current: list[int], previous: list[int], shift: int, factor: int, prime: int) -> list[int]:
    """current - factor * x^shift * previous, modulo prime."""
    result = current + [0] * (len(previous) + shift - len(current))
    for i, c in enumerate(previous, shift):
        result[i] = (result[i] - factor * c) % prime
    return result


def _lift(small: int, large: int) -> int:
    """The integer of least absolute value with these residues."""
    modulus = SMALL_PRIME * LARGE_PRIME
    steps = (small - large) * pow(LARGE_PRIME, -1, SMALL_PRIME) % SMALL_PRIME
    return least_residue(large + LARGE_PRIME * steps, modulus)


def cyclotomic_orders(coefficients: tuple[int, ...]) -> tuple[int, ...] | None:
    """Orders of the characteristic roots if every one of them is a root of unity.

    Args:
        coefficients: of a recurrence, the oldest term's first.

    Returns:
        m for each factor Phi_m of the characteristic polynomial, as often as it occurs; None if some
        factor is not cyclotomic. For a monic integer polynomial, roots on the unit circle are roots of
        unity exactly if this holds (Kronecker).
    """
    if not coefficients or abs(coefficients[0]) != 1:
        return None  # the product of the roots is not 1 in absolute value
    characteristic = fmpz_poly([-c for c in coefficients] + [1])
    factors = characteristic.factor()[1]
    orders = [int(factor.is_cyclotomic()) for factor, times in factors for _ in range(times)]
    return tuple(orders) if all(orders) else None


def _weakness(coefficients: tuple[int, ...], terms: tuple[int, ...], config: MineConfig) -> str | None:
    transient = _transient(coefficients)
    orders = cyclotomic_orders(coefficients[transient:])
    longest = config.unit_roots.max_transient if orders else config.max_transient
    weak = _weak_transient(coefficients, transient, terms, longest)
    if weak:
        return weak
    if orders is None:
        return weakness_of_recurrence(len(coefficients), len(terms), config)
    if set(orders) == {1}:
        return "it is a polynomial"
    if max(Counter(orders).values()) > 2:  # degree 2 or more
        config = replace(
            config, unit_roots=replace(config.unit_roots, min_spare=config.unit_roots.min_spare_curve)
        )
    weak = weakness_of_unit_roots(len(coefficients), terms[transient:], config)
    of_digits = max((order for order in orders if order % 10 == 0), default=1)
    return weak or impostor(terms, math.lcm(*orders), config, root_order=of_digits)


def _weak_transient(
    coefficients: tuple[int, ...], transient: int, terms: tuple[int, ...], longest: int
) -> str | None:
    if transient > longest:
        return f"order {len(coefficients)} fits only after a transient of {transient} terms"
    if transient < 2:
        return None
    oldest, *others = coefficients[transient:]
    window = terms[transient : len(coefficients)]
    for place in range(transient - 1, -1, -1):
        # What the recurrence, run backwards, says of this term; a fraction agrees with no term.
        rest = window[-1] - sum(c * a for c, a in zip(others, window, strict=False))
        if rest % oldest:
            return None
        before = rest // oldest
        if place < transient - 1 and before != terms[place]:
            return None
        window = (before, *window[:-1])
    return f"term {transient} of the list breaks the rule that all others obey"
