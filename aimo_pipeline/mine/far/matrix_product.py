"""Long products of polynomial matrices A(n): from the first terms of a P-recursive sequence to a far one.

With the window w(n) = (a(n), ..., a(n + k - 1)), p_k(n) w(n + 1) = A(n) w(n), A being p_k(n) times the
companion matrix. So w(end) is the product of the A(n) times w(start), over the product of the p_k(n).
Exactly, the product is taken by halves, so that most multiplications are of equally long integers. Modulo M
it takes about sqrt(T) steps instead of T: B(x) = A(x + h - 1) ... A(x), as a matrix of polynomials, is
evaluated at start, start + h, start + 2 h, ... all at once. M need not be a prime: nothing is divided.

Source: Chudnovsky and Chudnovsky (1988); Bostan, Gaudry and Schost, SIAM J. Comput. 36 (2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpz, fmpz_mat, fmpz_mod_ctx, fmpz_mod_poly_ctx, fmpz_poly, nmod_poly

PLAIN_STEPS = 256  # below that, polynomials cost more than they save
RUN = 16  # steps whose product is taken once, over the integers, and moved along; PLAIN_STEPS is its square

# nmod_poly or fmpz_mod_poly, within a run fmpz_poly; all of one product are of one type.
Residues = Any
Matrix = list[list[Residues]]


@dataclass(frozen=True)
class Scaled:
    """A term as numerator / denominator; modulo M if the product was taken modulo M."""

    numerator: int
    denominator: int


def exact_bits(polynomials: Sequence[fmpz_poly], start: int, end: int) -> int:
    """About how many bits the exact product has at most."""
    widest = max(int(abs(p(n))).bit_length() for p in polynomials for n in (start, end))
    return (end - start) * (widest + 1)


def exact_product(polynomials: Sequence[fmpz_poly], window: Sequence[int], start: int, end: int) -> Scaled:
    """The last entry of the window at `end`, from the whole window at `start`."""
    if len(window) == 1:
        return _exact_ratio(polynomials, window[0], start, end)
    column = _exact_matrix(polynomials, start, end) * fmpz_mat(len(window), 1, list(window))
    denominator = _exact_scalar(polynomials[-1], start, end)
    return Scaled(int(column[len(window) - 1, 0]), int(denominator))


def _exact_ratio(polynomials: Sequence[fmpz_poly], term: int, start: int, end: int) -> Scaled:
    """As exact_product, of order 1: numbers in place of matrices take a fifth of the time."""
    numerator = _exact_scalar(-polynomials[0], start, end) * term
    return Scaled(int(numerator), int(_exact_scalar(polynomials[1], start, end)))


def _exact_matrix(polynomials: Sequence[fmpz_poly], start: int, end: int) -> fmpz_mat:
    if end - start == 1:
        return fmpz_mat(_scaled_companion([p(start) for p in polynomials], fmpz(0)))
    if end == start:
        order = len(polynomials) - 1
        return fmpz_mat([[int(i == j) for j in range(order)] for i in range(order)])
    middle = (start + end) // 2
    return _exact_matrix(polynomials, middle, end) * _exact_matrix(polynomials, start, middle)


def _exact_scalar(polynomial: fmpz_poly, start: int, end: int) -> fmpz:
    if end - start <= 8:
        return math.prod((polynomial(n) for n in range(start, end)), start=fmpz(1))
    middle = (start + end) // 2
    return _exact_scalar(polynomial, start, middle) * _exact_scalar(polynomial, middle, end)


def _scaled_companion(values: list[Any], zero: Any) -> list[list[Any]]:
    """A, given p_0 .. p_k as numbers or as polynomials."""
    *lower, leading = values
    order = len(lower)
    shift = [[leading if j == i + 1 else zero for j in range(order)] for i in range(order - 1)]
    return [*shift, [-value for value in lower]]


@dataclass(frozen=True)
class ScaledMatrix:
    """The product of the A(n) and that of the p_k(n), both modulo M."""

    rows: list[list[int]]
    denominator: int

    def applied(self, window: Sequence[int], modulus: int) -> Scaled:
        """The last entry of the window at the end."""
        numerator = sum(a * b for a, b in zip(self.rows[-1], window, strict=True))
        return Scaled(numerator % modulus, self.denominator)


def modular_product(polynomials: Sequence[fmpz_poly], start: int, end: int, modulus: int) -> ScaledMatrix:
    """The way from `start` to `end` modulo `modulus`, in about sqrt(end - start) steps.

    Args:
        polynomials: p_0 .. p_k, of any degrees.
        modulus: any integer above 1.
    """
    degree = max(1, *(int(p.degree()) for p in polynomials))
    stride = math.isqrt(max(0, end - start) // degree) // RUN * RUN
    giant = (end - start) // stride if stride * stride >= PLAIN_STEPS else 0
    order = len(polynomials) - 1
    product, denominator = [[int(i == j) for j in range(order)] for i in range(order)], 1
    points = [start + stride * step for step in range(giant)]
    for rows, scalar in _blocks(polynomials, stride, points, modulus) if giant else ():
        product = residue_product(rows, product, modulus)
        denominator = denominator * scalar % modulus
    for n in range(start + stride * giant, end):
        values = [int(p(n)) % modulus for p in polynomials]
        product = residue_product(_scaled_companion(values, 0), product, modulus)
        denominator = denominator * values[-1] % modulus
    return ScaledMatrix(product, denominator)


def periodic_product(polynomials: Sequence[fmpz_poly], start: int, end: int, modulus: int) -> ScaledMatrix:
    """As modular_product, in about sqrt(modulus) steps: modulo M, the A(n) have period M."""
    periods, rest = divmod(end - start, modulus)
    product = modular_product(polynomials, start, start + rest, modulus)
    period = modular_product(polynomials, start + rest, start + rest + modulus, modulus)
    rows, power = product.rows, period.rows
    denominator = product.denominator * pow(period.denominator, periods, modulus) % modulus
    while periods:
        if periods & 1:
            rows = residue_product(power, rows, modulus)
        power = residue_product(power, power, modulus)
        periods >>= 1
    return ScaledMatrix(rows, denominator)


def residue_product(left: list[list[int]], right: list[list[int]], modulus: int) -> list[list[int]]:
    """left * right modulo `modulus`."""
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) % modulus for column in columns] for row in left
    ]


def _blocks(
    polynomials: Sequence[fmpz_poly], stride: int, points: list[int], modulus: int
) -> list[tuple[list[list[int]], int]]:
    """For each point n the product of A(n) .. A(n + stride - 1), in whole RUNs, and that of the p_k."""
    first = [[p(fmpz_poly([j, 1])) for p in polynomials] for j in range(RUN)]
    scalars = _along([[[values[-1]]] for values in first], stride, points, modulus)
    matrices = _along([_scaled_companion(values, fmpz_poly(0)) for values in first], stride, points, modulus)
    return [(matrix, scalar[0][0]) for matrix, scalar in zip(matrices, scalars, strict=True)]


def _along(first: list[Matrix], stride: int, points: list[int], modulus: int) -> list[list[list[int]]]:
    """At each point the product of `stride` factors, of which the first RUN are given."""
    run = _halved(first)
    moved = [
        [[_reduced(entry(fmpz_poly([step, 1])), modulus) for entry in row] for row in run]
        for step in range(0, stride, RUN)
    ]
    return _values(_halved(moved), points, modulus)


def _reduced(polynomial: fmpz_poly, modulus: int) -> Residues:
    """Modulo M; in FLINT's type for word-size moduli if it can be, which multiplies twice as fast."""
    if modulus.bit_length() < 64:
        return nmod_poly(polynomial, modulus)
    return fmpz_mod_poly_ctx(fmpz_mod_ctx(modulus))([int(c) for c in polynomial.coeffs()])


def _halved(matrices: list[Matrix]) -> Matrix:
    """The product with the first factor on the right."""
    while len(matrices) > 1:
        pairs = [_times(b, a) for a, b in zip(matrices[::2], matrices[1::2], strict=False)]
        matrices = pairs + matrices[len(pairs) * 2 :]
    return matrices[0]


def _times(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [[_dot(row, column) for column in columns] for row in left]


def _dot(row: Sequence[Residues], column: Sequence[Residues]) -> Residues:
    first, *rest = [a * b for a, b in zip(row, column, strict=True)]
    return sum(rest, first)


def _values(matrix: Matrix, points: list[int], modulus: int) -> list[list[list[int]]]:
    """The matrix at each point."""
    ring = fmpz_mod_poly_ctx(fmpz_mod_ctx(modulus))
    entries = [
        [
            [int(v) for v in ring([int(c) for c in entry.coeffs()]).multipoint_evaluate(points)]
            for entry in row
        ]
        for row in matrix
    ]
    return [[[values[k] for values in row] for row in entries] for k in range(len(points))]
