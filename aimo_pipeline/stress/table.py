"""A run under stress as a table and in words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from aimo_pipeline.stress.outcome import FaultOutcome, StressOutcome


def as_table(outcome: StressOutcome) -> Table:
    """One row a fault."""
    table = Table(title=_headline(outcome), title_justify="left")
    for name in ("fault", "problem", "answered", "late", "result", "back after", "in the journal"):
        right = name in ("late", "back after")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "in the journal")
    for one in outcome.faults:
        table.add_row(*_cells(one), style="red" if one.complaint else "")
    for end in outcome.ends:
        what = end.complaint or f"gone after {end.seconds:.1f} s, nothing left"
        table.add_row(end.name, "", "", "", what, "", "", style="red" if end.complaint else "")
    return table


def as_text(outcome: StressOutcome) -> list[str]:
    """The figures, and what is wrong."""
    lines = [_headline(outcome)]
    return lines + [f"wrong: {complaint}" for complaint in outcome.complaints]


def _headline(outcome: StressOutcome) -> str:
    return (
        f"{outcome.answered} of {outcome.problems} answered, {outcome.right} of {outcome.known} right, "
        f"{outcome.seconds:.0f} of {outcome.total_s:.0f} s, {outcome.whole_s:.0f} s in all"
    )


def _cells(one: FaultOutcome) -> Iterator[str]:
    yield one.name
    yield one.problem_id
    yield "yes" if one.answered else "LOST"
    yield f"{one.late_s:.1f} s" if one.late_s else "no"
    yield "in full" if one.kept else ("lost" if one.expected else "less")
    yield "never" if one.recovered_s is None else f"{one.recovered_s:.1f} s"
    yield one.missed or one.cause
