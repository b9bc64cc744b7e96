"""The way from the known terms of a P-recursive sequence to a far one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import fmpz_poly

from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.far.matrix_product import exact_bits


@dataclass(frozen=True)
class Road:
    """From the window of known terms at `start` to the one at `end`, whose last term is asked for."""

    polynomials: tuple[fmpz_poly, ...]
    window: tuple[int, ...]
    start: int
    end: int

    @property
    def order(self) -> int:
        """Order of the recurrence."""
        return len(self.window)

    @property
    def exact_work(self) -> int:
        """Bits of the exact product, times the square of the order."""
        return exact_bits(self.polynomials, self.start, self.end) * self.order**2

    def giant_work_of(self, steps: int) -> int:
        """Points at which a matrix of polynomials is evaluated for so many steps, times its entries."""
        degree = max(1, *(int(p.degree()) for p in self.polynomials))
        return math.isqrt(steps * degree) * self.order**2


def road_to(formula: PRecursive, index: int) -> Road:
    """The road to the term at `index`, which is not one of the initial ones."""
    order = formula.order
    return Road(
        tuple(fmpz_poly(list(p)) for p in formula.polynomials),
        formula.initial[-order:],
        formula.first_index + len(formula.initial) - order,
        index - order + 1,
    )
