"""The terms of an algebraic power series, one after the other, by its equation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aimo_pipeline.formula import Algebraic


def power_series(formula: Algebraic) -> Iterator[int]:
    """The next coefficient c solves a linear equation, once as many are known as dP/dy vanishes at x = 0.

    With y known below x^N and v the order of dP/dy there, [x^(N+v)] P(x, y + c x^N) is its value for c = 0
    plus c times the leading coefficient of dP/dy.
    """
    yield from formula.initial
    y = list(formula.initial)
    slope = _substituted(_derivative(formula.equation), y, range(len(y)))
    order = next((place for place, value in enumerate(slope) if value), None)
    if order is None:
        return
    powers: list[list[int]] = [[] for _ in formula.equation]
    while True:
        known = len(y)
        _extend_powers(powers, y, known)
        ahead = [list(power) for power in powers]
        _extend_powers(ahead, [*y, *[0] * (order + 1)], known + order + 1)
        rest = _coefficient(formula.equation, ahead, known + order)
        if rest % slope[order]:
            return
        y.append(-rest // slope[order])
        yield y[-1]


def _derivative(equation: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(i * c for c in row) for i, row in enumerate(equation))[1:]


def _substituted(equation: tuple[tuple[int, ...], ...], y: list[int], places: Iterable[int]) -> list[int]:
    powers: list[list[int]] = [[] for _ in equation]
    _extend_powers(powers, y, len(y))
    return [_coefficient(equation, powers, place) for place in places]


def _extend_powers(powers: list[list[int]], y: list[int], size: int) -> None:
    """Append to powers[i], the coefficients of y^i, until each has `size` of them."""
    for place in range(len(powers[0]) if powers else size, size):
        for i, power in enumerate(powers):
            before = powers[i - 1]
            power.append(sum(y[j] * before[place - j] for j in range(place + 1)) if i else int(place == 0))


def _coefficient(equation: tuple[tuple[int, ...], ...], powers: list[list[int]], place: int) -> int:
    return sum(
        c * power[place - j]
        for row, power in zip(equation, powers, strict=True)
        for j, c in enumerate(row[: place + 1])
    )
