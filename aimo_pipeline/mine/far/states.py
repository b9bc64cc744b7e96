"""Formulas run step by step modulo m: equal states are followed by equal terms."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import pairwise

from aimo_pipeline.formula import CFinite, CFiniteMod, Formula, PartialProduct, Periodic, Polynomial

State = tuple[Hashable, int]


def states_of(formula: Formula, modulus: int | None) -> Iterator[State] | None:
    """Pairs (state, term modulo `modulus`), one per index; equal states are followed by equal terms.

    Returns:
        None for formulas that are not run step by step.
    """
    match formula:
        case CFinite():
            return _recurrent(formula.coefficients, formula.initial, modulus)
        case CFiniteMod():
            states = _recurrent(formula.coefficients, formula.initial, formula.modulus)
            return ((state, reduced(term, modulus)) for state, term in states)
        case Polynomial():
            return _summed(formula.differences, modulus)
        case Periodic():
            return _repeated(formula.cycle, modulus)
        case PartialProduct():
            ratios = states_of(formula.ratio, modulus)
            return None if ratios is None else _products(formula.start, ratios, modulus)
        case _:
            return None


def reduced(number: int, modulus: int | None) -> int:
    """The number modulo `modulus`, or itself."""
    return number if modulus is None else number % modulus


def _recurrent(
    coefficients: tuple[int, ...], initial: tuple[int, ...], modulus: int | None
) -> Iterator[State]:
    window = tuple(reduced(a, modulus) for a in initial) or (0,)
    coefficients = coefficients or (0,)
    while True:
        yield window, window[0]
        term = sum(c * a for c, a in zip(coefficients, window, strict=True))
        window = (*window[1:], reduced(term, modulus))


def _summed(differences: tuple[int, ...], modulus: int | None) -> Iterator[State]:
    column = tuple(reduced(d, modulus) for d in differences) or (0,)
    while True:
        yield column, column[0]
        column = tuple(reduced(a + b, modulus) for a, b in pairwise((*column, 0)))


def _repeated(cycle: tuple[int, ...], modulus: int | None) -> Iterator[State]:
    while True:
        yield from ((place, reduced(term, modulus)) for place, term in enumerate(cycle))


def _products(start: int, ratios: Iterator[State], modulus: int | None) -> Iterator[State]:
    product = reduced(start, modulus)
    for state, ratio in ratios:
        yield (product, state), product
        product = reduced(product * ratio, modulus)
