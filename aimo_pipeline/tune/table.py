"""The simulation's figures as a table and as bars, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.bar import Bar
from rich.table import Table

from aimo_pipeline.tune.simulate import OURS, REFERENCE, RIVALS, MixReport
from aimo_pipeline.tune.variance import Interval

_BAR_COLUMNS = 60
_LEAST_GAP = 1.0


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


def as_lines(reports: Sequence[MixReport]) -> Iterator[str]:
    """What the bound is; of several mixes, how the gap's shares are spread, and whom ours does not beat."""
    yield (
        "bound without (d): the greatest value of an easier game, so no policy that does not know the future "
        "can exceed it, not even one that knows the mix; how, and why, says aimo_pipeline/tune/bound.py"
    )
    if len(reports) > 1:
        yield f"late: {sum(one.played[OURS].overruns for one in reports)} runs of ours, in all mixes"
        yield _shares(reports)
        yield from _rivals(reports)


def _shares(reports: Sequence[MixReport]) -> str:
    """Mixes in which the gap is less than one problem say nothing about shares."""
    wide = [one for one in reports if one.most - one.solved[REFERENCE].mean >= _LEAST_GAP]
    if not wide:
        return f"ours: no mix has a gap of {_LEAST_GAP:.0f} problem"
    shares = np.array([one.share_of_gap(OURS).mean for one in wide])
    gaps = np.array([one.most - one.solved[REFERENCE].mean for one in wide])
    low, middle, high = (100 * float(np.quantile(shares, q)) for q in (0.1, 0.5, 0.9))
    return (
        f"ours: {middle:.1f} % of the gap in the middle mix of {len(wide)} (a tenth below {low:.1f}, a tenth "
        f"above {high:.1f}), {100 * float((shares * gaps).sum() / gaps.sum()):.1f} % of all gaps together, "
        f"90 % or more in {int((shares >= 0.9).sum())}"
    )


def _rivals(reports: Sequence[MixReport]) -> Iterator[str]:
    for one in reports:
        lead, rival = min(((one.lead(name), name) for name in RIVALS), key=lambda pair: pair[0].mean)
        if lead.mean < 0.0:
            surely = "surely " if lead.high < 0.0 else ""
            yield f"{one.name}: ours is {surely}behind {rival}, {lead.mean:+.3f} ({_ends(lead)})"


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
