"""Linear relations between the cells of a table, with coefficients that are polynomials in m and n."""

from __future__ import annotations

import math

from flint import fmpz_mat, nmod_mat

from aimo_pipeline.mine.grid.rules import Bivariate, Table
from aimo_pipeline.mine.integers import SIEVE_PRIME

MORE_PLACES = 3
Monomials = tuple[tuple[int, int], ...]
DEGREES: tuple[Monomials, ...] = tuple(
    tuple((i, j) for i in range(d + 1) for j in range(d + 1 - i)) for d in range(4)
)
# For each cell that takes part, by its distance from the place, the monomials in m and n of its coefficient.
Shape = list[tuple[tuple[int, int], Monomials]]


def null_vector(table: Table, shape: Shape, at: tuple[int, int] = (0, 0)) -> list[int] | None:
    """The primitive integer coefficients with which the shape's cells cancel at every place of the table.

    Args:
        at: where in the shape the place (m, n) is at which monomials are evaluated.

    Returns:
        None if there are none, or several that are not multiples of each other.
    """
    height, width = (max(offset[axis] for offset, _ in shape) for axis in (0, 1))
    rows, columns = len(table.rows) - height, len(table.rows[0]) - width
    places = [(i, j) for i in range(rows) for j in range(columns)]
    unknowns = sum(len(monomials) for _, monomials in shape)
    if len(places) < unknowns:
        return None
    # Most shapes do not fit, which a few places spread over the table show as well as all of them.
    few = places[:: max(1, len(places) // (unknowns + MORE_PLACES))]
    if _rank(_matrix(table, shape, few, at)) == unknowns:
        return None
    matrix = [line for line in _matrix(table, shape, places, at) if any(line)]
    return _kernel(matrix) if len(matrix) >= unknowns else None


def residue_relation(table: Table, shape: Shape, prime: int) -> list[int] | None:
    """As null_vector, modulo a prime; the first coefficient is 1."""
    height, width = (max(offset[axis] for offset, _ in shape) for axis in (0, 1))
    places = [(i, j) for i in range(len(table.rows) - height) for j in range(len(table.rows[0]) - width)]
    unknowns = sum(len(monomials) for _, monomials in shape)
    if len(places) < unknowns:
        return None
    rows = [[entry % prime for entry in line] for line in _matrix(table, shape, places, (0, 0))]
    return _solved([[*line[1:], -line[0]] for line in rows], unknowns - 1, prime)


def _solved(augmented: list[list[int]], unknowns: int, prime: int) -> list[int] | None:
    """1 and the only solution of the equations modulo a prime; None if there is none, or several."""
    reduced, rank = nmod_mat([[entry % prime for entry in line] for line in augmented], prime).rref()
    if rank != unknowns or any(int(reduced[i, i]) != 1 for i in range(unknowns)):
        return None
    return [1, *(int(reduced[i, unknowns]) for i in range(unknowns))]


def polynomial_through(cells: dict[tuple[int, int], int], monomials: Monomials) -> list[int] | None:
    """A divisor >= 1 and the coefficients with divisor * value = sum of coefficient * m^i n^j in every cell.

    Returns:
        None if there are none, or if the cells do not fix them.
    """
    matrix = [[v, *(-(m**i) * n**j for i, j in monomials)] for (m, n), v in cells.items()]
    few = matrix[:: max(1, len(matrix) // (len(monomials) + 1 + MORE_PLACES))]
    if _rank(few) > len(monomials):
        return None
    vector = _kernel(matrix)
    if vector is None or vector[0] == 0:
        return None
    return vector if vector[0] > 0 else [-entry for entry in vector]


def _matrix(
    table: Table, shape: Shape, places: list[tuple[int, int]], at: tuple[int, int]
) -> list[list[int]]:
    """For each place, counted from the table's corner, its cells times the monomials."""
    matrix = []
    for i, j in places:
        m, n = table.first_row + i + at[0], table.first_column + j + at[1]
        values = ((table.rows[i + di][j + dj], monomials) for (di, dj), monomials in shape)
        matrix.append([value * m**a * n**b for value, monomials in values for a, b in monomials])
    return matrix


def _rank(matrix: list[list[int]]) -> int:
    residues = [[entry % SIEVE_PRIME for entry in line] for line in matrix]
    return int(nmod_mat(residues, SIEVE_PRIME).rank())


def _kernel(matrix: list[list[int]]) -> list[int] | None:
    if _rank(matrix) != len(matrix[0]) - 1:
        return None
    basis, nullity = fmpz_mat(matrix).nullspace()
    if nullity != 1:
        return None
    vector = [int(basis[i, 0]) for i in range(len(matrix[0]))]
    content = math.gcd(*vector)
    return [entry // content for entry in vector]


def bivariate(coefficients: list[int], monomials: Monomials) -> Bivariate:
    """Without zero lines and zero ends, so that what does not depend on m has at most one line."""
    degree = max((sum(p) for p, c in zip(monomials, coefficients, strict=True) if c), default=0)
    known = dict(zip(monomials, coefficients, strict=True))
    height = max((i for (i, _), c in known.items() if c), default=0)
    return tuple(tuple(known.get((i, j), 0) for j in range(degree - i + 1)) for i in range(height + 1))
