"""What was found, as JSON for programs and people: the rule in words, its evidence, the values asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.mine.base import CannotEvaluate, in_time
from aimo_pipeline.mine.describe import describe
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.grid.describe import describe_grid
from aimo_pipeline.mine.grid.near import cell_values
from aimo_pipeline.mine.grid.rules import Table
from aimo_pipeline.mine.grid.search import GridFound, GridOutcome
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.trust.foretold import Foretold
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import (
    Ambiguous,
    BadTerms,
    Constant,
    Found,
    MineOutcome,
    NothingFits,
    OutlierSuspected,
    TooFewTerms,
)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def report_sequence(
    outcome: MineOutcome, question: Question, config: MineConfig, deadline: Deadline
) -> dict[str, Json]:
    """The outcome as JSON, with the values that were asked for, or null and the reason why not.

    Args:
        deadline: looked at before each value; those after it are not there for want of time.
    """
    match outcome:
        case Found():
            foretold = Foretold(question, config)
            values = in_time(question.positions, lambda position: foretold.at(outcome, position), deadline)
            return {
                "outcome": "found",
                **_rule(outcome),
                **_predicted(question.positions, values),
                "first_index": outcome.formula.first_index,
                **_odd_first(outcome),
                "rivals": [
                    _rival(one.family, describe(one.formula), one.differs_at) for one in outcome.rivals
                ],
                "wants": list(outcome.wants),
            }
        case Ambiguous():
            rules: list[Json] = [_rule(rule) for rule in outcome.rivals]
            further: dict[str, Json] = {"rivals": rules, "differ_at": outcome.differ_at}
            return {**_none("ambiguous", outcome.reason), **further, "wants": list(outcome.wants)}
        case OutlierSuspected():
            named = {"index": outcome.index, "expected": outcome.expected}
            return {
                **_none("outlier_suspected", outcome.reason),
                **named,
                "without_it": _rule(outcome.without_it),
            }
        case TooFewTerms():
            return {**_none("too_few_terms", outcome.reason), "wants": list(outcome.wants)}
        case Constant():
            return {**_none("constant", outcome.reason), "wants": list(outcome.wants)}
        case NothingFits():
            return _none("nothing_fits", outcome.reason)
        case BadTerms():
            return _none("bad_terms", outcome.reason)
    assert_never(outcome)


def report_grid(
    outcome: GridOutcome,
    table: Table,
    cells: tuple[tuple[int, int], ...],
    modulus: int | None,
    config: MineConfig,
    deadline: Deadline,
) -> dict[str, Json]:
    """As report_sequence, for a grid and the cells that were asked for, counted from 0."""
    match outcome:
        case GridFound(rule=rule):
            values = cell_values(rule, table, cells, modulus, evaluate, config.grid, deadline)
            return {
                "outcome": "found",
                "family": outcome.family,
                "rule": describe_grid(rule),
                "unknowns": outcome.unknowns,
                "spare": outcome.spare,
                "bits": round(outcome.bits, 1),
                **_predicted(cells, values),
                "wants": _next_cells(table),
            }
        case NothingFits():
            return _none("nothing_fits", outcome.reason)
    assert_never(outcome)


def _next_cells(table: Table) -> list[Json]:
    """Just below the table, just to its right, and beyond its corner: what would test the rule next."""
    rows, columns = len(table.rows), max(map(len, table.rows), default=0)
    return [[rows, 0], [0, columns], [rows, columns]]


def _none(outcome: str, reason: str) -> dict[str, Json]:
    nothing: dict[str, Json] = dict.fromkeys(("family", "rule", "unknowns", "spare", "bits", "predicted"))
    return {"outcome": outcome, **nothing, "reason": reason}


def _rule(found: Found) -> dict[str, Json]:
    bits = round(found.bits, 1)
    rule = describe(found.formula)
    return {
        "family": found.family,
        "rule": rule,
        "unknowns": found.unknowns,
        "spare": found.spare,
        "bits": bits,
    }


def _odd_first(found: Found) -> dict[str, Json]:
    if found.odd_first is None:
        return {}
    index = found.formula.first_index
    note = f"a({decimal(index)}) is as given; the rule would say {decimal(found.odd_first)}"
    return {"odd_first": {"index": index, "expected": found.odd_first}, "note": note}


def _rival(family: str, rule: str, differs_at: int | None) -> Json:
    return {"family": family, "rule": rule, "differs_at": differs_at}


def _shown(place: int | tuple[int, ...]) -> str:
    return decimal(place) if isinstance(place, int) else f"[{', '.join(map(decimal, place))}]"


def _predicted(
    places: Iterable[int | tuple[int, ...]], values: list[int | CannotEvaluate]
) -> dict[str, Json]:
    """All values; or null with the reason and, as "partial", what there is: half a list is no prediction."""
    missing = [
        f"position {_shown(place)}: {value.reason}"
        for place, value in zip(places, values, strict=True)
        if isinstance(value, CannotEvaluate)
    ]
    shown: list[Json] = [None if isinstance(value, CannotEvaluate) else value for value in values]
    if not missing:
        return {"predicted": shown}
    partial: dict[str, Json] = {"partial": shown} if len(missing) < len(values) else {}
    return {"predicted": None, "reason": missing[0], **partial}
