"""SymPy and PARI on the miners' bench: each gives the terms that follow, or nothing.

SymPy: find_linear_recurrence as it is ("raw"), and with at least eight spare terms, then the
interpolating polynomial under the same condition ("guarded"). PARI, through cypari, where it is
installed: Pade approximants as they are ("raw"), and with eight spare coefficients, then linear
differential equations of low order and degree, whose solutions have P-recursive coefficients
("guarded").
"""

from __future__ import annotations

import importlib.util
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import FrameType

from sympy import Poly, interpolate
from sympy.abc import n as index_symbol
from sympy.abc import x as variable
from sympy.series.sequences import SeqPer

SPARE = 8
Solver = Callable[[tuple[int, ...], int], list[int] | None]  # terms, how many more


class OutOfTimeError(Exception):
    """The cap on one sequence was reached."""


@contextmanager
def capped(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError inside the block once it has used up its processor time; main thread only."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def sympy_raw(terms: tuple[int, ...], more: int) -> list[int] | None:
    """Every recurrence that find_linear_recurrence gives."""
    return _sympy_recurrence(terms, more, spare=0)


def sympy_guarded(terms: tuple[int, ...], more: int) -> list[int] | None:
    """Recurrences and polynomials with spare terms."""
    return _sympy_recurrence(terms, more, spare=SPARE) or _sympy_polynomial(terms, more)


def _sympy_recurrence(terms: tuple[int, ...], more: int, spare: int) -> list[int] | None:
    if len(terms) < 2:
        return None
    found = SeqPer(terms, (index_symbol, 0, len(terms) - 1)).find_linear_recurrence(len(terms))
    if not found or 2 * len(found) > len(terms) - spare:
        return None
    known = list(terms)
    for _ in range(more):
        known.append(sum(c * known[-i] for i, c in enumerate(found, 1)))
    return [int(term) for term in known[len(terms) :]] if all(term == int(term) for term in known) else None


def _sympy_polynomial(terms: tuple[int, ...], more: int) -> list[int] | None:
    if len(terms) <= SPARE:
        return None
    through = interpolate(list(terms), variable)  # (1, terms[0]), (2, terms[1]), ...
    polynomial = Poly(through, variable)
    if polynomial.degree() >= len(terms) - SPARE:
        return None
    return [int(polynomial.eval(len(terms) + 1 + place)) for place in range(more)]


def pari_solvers() -> dict[str, Solver]:
    """Empty where cypari is not installed."""
    if importlib.util.find_spec("cypari") is None:
        return {}
    from cypari import pari

    pari.allocatemem(2**28, silent=True)

    def raw(terms: tuple[int, ...], more: int) -> list[int] | None:
        return _pade(pari, terms, more, spare=0)

    def guarded(terms: tuple[int, ...], more: int) -> list[int] | None:
        return _pade(pari, terms, more, spare=SPARE) or _differential(pari, terms, more)

    return {"pari raw": raw, "pari guarded": guarded}


def _series(terms: tuple[int, ...]) -> str:
    return f"Ser([{','.join(map(str, terms))}],t)"


def _pade(pari: Callable[[str], object], terms: tuple[int, ...], more: int, spare: int) -> list[int] | None:
    if not any(terms):
        return None
    fraction = pari(f"bestapprPade({_series(terms)})")
    size = int(
        pari(f"my(f={fraction}); if(f==[], 10^9, poldegree(numerator(f))+poldegree(denominator(f))+1)")
    )
    if size > len(terms) - spare:
        return None
    total = len(terms) + more
    known = pari(f"Vec({fraction}+O(t^{total}),-{total})")
    return _integers([Fraction(str(known[place])) for place in range(total)], terms)


def _differential(pari: Callable[[str], object], terms: tuple[int, ...], more: int) -> list[int] | None:
    for order, degree in ((1, 2), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4)):
        if (order + 2) * (degree + 1) > len(terms) - SPARE:
            continue
        found = pari(f"serdiffdep({_series(terms)},{order},{degree})")
        if str(found) == "0":
            continue
        operator = [
            [Fraction(str(c)) for c in pari(f"Vecrev({part})")] for part in pari(f"Vecrev({found[0]})")
        ]
        return _continued(operator, terms, more, degree)
    return None


def _continued(
    operator: list[list[Fraction]], terms: tuple[int, ...], more: int, degree: int
) -> list[int] | None:
    """sum of operator[i][j] t^j y^(i) is 0 beyond t^degree: one term follows after the other."""
    known = [Fraction(term) for term in terms]
    parts = [(i, j, c) for i, part in enumerate(operator) for j, c in enumerate(part) if c]
    highest = max(i - j for i, j, _ in parts)
    while len(known) < len(terms) + more:
        place = len(known) - highest  # of the coefficient in which the next term comes up
        if place <= degree:
            return None
        factors = [(place + i - j, c * math.perm(place + i - j, i)) for i, j, c in parts if place + i >= j]
        leading = sum(factor for index, factor in factors if index == len(known))
        rest = sum(factor * known[index] for index, factor in factors if index < len(known))
        if leading == 0:
            return None
        known.append(-rest / leading)
    return _integers(known, terms)


def _integers(known: list[Fraction], terms: tuple[int, ...]) -> list[int] | None:
    if tuple(known[: len(terms)]) != terms or any(term.denominator != 1 for term in known):
        return None
    return [int(term) for term in known[len(terms) :]]
