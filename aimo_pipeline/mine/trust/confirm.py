"""Fresh terms against a rule that has not seen them: the best evidence there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.outcome import Found


@dataclass(frozen=True)
class Confirmed:
    """Every fresh term agrees; `indices` are theirs, in order, none if there was no term to compare."""

    indices: tuple[int, ...]


@dataclass(frozen=True)
class Contradicted:
    """The rule gives `expected` at `index`, but the fresh term there is `actual`."""

    index: int
    expected: int
    actual: int


def confirm(found: Found, fresh: Mapping[int, int]) -> Confirmed | Contradicted:
    """Compare a rule with terms that it has not seen, such as those at found.wants.

    Args:
        found: the rule.
        fresh: the terms by index. One at which the rule cannot be evaluated is passed over.

    Returns:
        Contradicted with the least index at which they differ, otherwise Confirmed.
    """
    compared: list[int] = []
    for index, actual in sorted(fresh.items()):
        expected = evaluate(found.formula, index, None)
        if isinstance(expected, CannotEvaluate):
            continue
        if expected != actual:
            return Contradicted(index, expected, actual)
        compared.append(index)
    return Confirmed(tuple(compared))
