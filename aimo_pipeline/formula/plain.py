"""Rules in numbers only (mine/definition.py evaluates what the docstrings say)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CFinite:
    """a(n + k) = coefficients[0] a(n) + ... + coefficients[k-1] a(n + k - 1), k = order.

    Attributes:
        first_index: index of initial[0].
        coefficients: k integers, the oldest term's first.
        initial: the k integers a(first_index) .. a(first_index + k - 1).
    """

    first_index: int
    coefficients: tuple[int, ...]
    initial: tuple[int, ...]

    @property
    def order(self) -> int:
        """Order k of the recurrence."""
        return len(self.coefficients)


@dataclass(frozen=True)
class CFiniteMod:
    """As CFinite, but every term is the residue in 0..modulus-1; any modulus >= 2, prime or not."""

    first_index: int
    modulus: int
    coefficients: tuple[int, ...]
    initial: tuple[int, ...]

    @property
    def order(self) -> int:
        """Order k of the recurrence."""
        return len(self.coefficients)


@dataclass(frozen=True)
class Polynomial:
    """a(first_index + t) = sum of differences[j] * binomial(t, j) over j: Newton's form.

    Integer differences give integer values, so no fraction ever appears.
    """

    first_index: int
    differences: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Degree d; differences[d] is not zero unless d is 0."""
        return len(self.differences) - 1


@dataclass(frozen=True)
class Periodic:
    """cycle[0], cycle[1], ..., over and over, from first_index on."""

    first_index: int
    cycle: tuple[int, ...]


@dataclass(frozen=True)
class PRecursive:
    """p_0(n) a(n) + p_1(n) a(n + 1) + ... + p_k(n) a(n + k) = 0 for n >= first_index, k = order.

    Attributes:
        polynomials: k + 1 polynomials in n (the true index, not an offset), each by its integer coefficients,
            lowest power first. Order 1 is a hypergeometric term.
        initial: as many first terms as are needed: at least k, and more where p_k vanishes at some early n.
    """

    first_index: int
    polynomials: tuple[tuple[int, ...], ...]
    initial: tuple[int, ...]

    @property
    def order(self) -> int:
        """Order k of the recurrence."""
        return len(self.polynomials) - 1


@dataclass(frozen=True)
class Algebraic:
    """The power series y = a(first_index) + a(first_index + 1) x + ... solves P(x, y) = 0.

    Attributes:
        equation: equation[i][j] is the coefficient of x^j y^i in P.
        initial: enough first terms to single out one power series among the solutions.
    """

    first_index: int
    equation: tuple[tuple[int, ...], ...]
    initial: tuple[int, ...]


@dataclass(frozen=True)
class Multiplicative:
    """a(n) = scale * product over the prime powers p^e exactly dividing n of f(p, e); first_index >= 1.

    Attributes:
        template: the name of f in the table of mine/arithmetic/euler.py, such as "sigma", "jordan".
        parameters: the template's integers, such as (k,) for sigma_k.
    """

    first_index: int
    scale: int
    template: str
    parameters: tuple[int, ...]


@dataclass(frozen=True)
class KRegular:
    """a(n) = left * M[d_1] * ... * M[d_r] * right / scale, d_1 .. d_r the base-k digits of n, leading first.

    n = 0 has no digits. first_index >= 0.

    Attributes:
        base: k >= 2.
        matrices: k square integer matrices, row by row.
        left, right: a row and a column of the same size.
        scale: a positive integer that divides every value.
    """

    first_index: int
    base: int
    matrices: tuple[tuple[tuple[int, ...], ...], ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    scale: int


@dataclass(frozen=True)
class Beatty:
    """a(n) = floor((a0 + a1 n + sqrt(radicand) * (b0 + b1 n)) / c), c > 0, radicand >= 0 no square or 0.

    With radicand 0 it is the rational floor-sum (a0 + a1 n) // c.
    """

    first_index: int
    a0: int
    a1: int
    b0: int
    b1: int
    radicand: int
    c: int


@dataclass(frozen=True)
class PolynomialMap:
    """a(n + 1) = sum of coefficients[i] * a(n)^i over i, a(first_index) = start; of degree 2 or more."""

    first_index: int
    start: int
    coefficients: tuple[int, ...]
