"""The simulation's figures as a table and as bars, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.bar import Bar
from rich.table import Table

from aimo_pipeline.tune.simulate import OURS, MixReport
from aimo_pipeline.tune.variance import Interval

_BAR_COLUMNS = 60


def as_table(report: MixReport) -> Table:
    """What each policy solves, how far ours leads run by run, and what became of the time."""
    table = Table(title=report.name, title_justify="left")
    for name in ("policy", "solved", "95 %", "gap", "ours leads by", "late", "unused s", "longest s"):
        table.add_column(name, justify="left" if name == "policy" else "right", no_wrap=True)
    for policy in report.played:
        table.add_row(*_cells(report, policy), style="bold" if policy == OURS else "")
    solved = report.clairvoyant
    table.add_row("(d) clairvoyant", f"{solved.mean:.3f}", _ends(solved), style="dim")
    table.add_row("bound without (d)", f"{report.most:.3f}", "", "100.0 %", style="dim")
    return table


def as_bars(report: MixReport, *, problems: int) -> Table:
    """Problems solved, each bar from none to all."""
    table = Table.grid(padding=(0, 1))
    for label, solved in _bars(report):
        table.add_row(label, Bar(problems, 0, solved, width=_BAR_COLUMNS), f"{solved:.2f}")
    return table


def _bars(report: MixReport) -> Iterator[tuple[str, float]]:
    for policy, solved in report.solved.items():
        yield policy, solved.mean
    yield "bound without (d)", report.most
    yield "(d) clairvoyant", report.clairvoyant.mean


def _cells(report: MixReport, policy: str) -> Iterator[str]:
    played, solved, lead = report.played[policy], report.solved[policy], report.lead(policy)
    gap = report.share_of_gap(policy)
    yield policy
    yield f"{solved.mean:.3f}"
    yield _ends(solved)
    yield f"{100 * gap.mean:.1f} ±{100 * (gap.high - gap.mean):.1f} %"
    yield "" if policy == OURS else f"{lead.mean:+.3f} ({_ends(lead)})"
    yield str(played.overruns)
    yield f"{played.unused_s.mean():.0f}"
    yield f"{played.longest_s.mean():.0f}"


def _ends(interval: Interval) -> str:
    return f"{interval.low:.3f}..{interval.high:.3f}"
