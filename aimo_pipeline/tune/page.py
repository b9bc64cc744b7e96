"""The simulation's figures as a page of pictures that needs no network."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.report_parts import page, section
from aimo_pipeline.observe.report_plots import plot_html
from aimo_pipeline.tune.simulate import OURS, MixReport

_OURS, _OTHERS, _LIMIT = "#1b7837", "#9aa0a6", "#762a83"
_ROW_PIXELS = 34
_FRAME_PIXELS = 110
# To the right of the longest bar, for its figures.
_ROOM = 1.75
_HOW_TO_READ = (
    "Bars: problems solved, mean of {runs:,} simulated runs, with 95 % intervals. In brackets: of the gap "
    "between (a), 0 %, and the dotted line, 100 %, how much a policy closes. Dotted: what none can exceed "
    "without knowing the future. Green: ours. Late: so many runs ended after the wall clock."
)


def write_page(reports: Sequence[MixReport], path: Path, *, runs: int) -> None:
    """Write one picture a mix: what each policy solves, with 95 % intervals, and the bound.

    Raises:
        UserError: the file cannot be written.
    """
    title = "Policies of the budget, simulated"
    said = html.escape(_HOW_TO_READ.format(runs=runs))
    cards = "".join(section(f"Mix: {report.name}", "", _drawn(as_figure(report))) for report in reports)
    try:
        path.write_text(page(title, f"<p>{said}</p>{cards}", get_plotlyjs()), encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None


def _drawn(figure: go.Figure) -> str:
    policies = len(figure.data[0].y)
    return plot_html(figure, height=_FRAME_PIXELS + _ROW_PIXELS * policies, legend=False)


def as_figure(report: MixReport) -> go.Figure:
    """One mix; a policy that ended runs after the wall clock says how many."""
    names = [*report.solved][::-1]
    solved = [report.solved[name] for name in names]
    figure = go.Figure()
    figure.add_bar(
        x=[one.mean for one in solved],
        y=names,
        orientation="h",
        error_x={"array": [one.high - one.mean for one in solved], "thickness": 1},
        marker={"color": [_OURS if name == OURS else _OTHERS for name in names]},
    )
    most = max(report.most, *(one.high for one in solved))
    figure.add_scatter(
        x=[1.02 * most] * len(names),
        y=names,
        mode="text",
        text=[_told(report, name) for name in names],
        textposition="middle right",
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_vline(report.most, line={"color": _LIMIT, "dash": "dot", "width": 2})
    figure.update_xaxes(title="problems solved in a run", range=[0.0, _ROOM * most])
    return figure


def _told(report: MixReport, name: str) -> str:
    late = report.played[name].overruns
    share = report.share_of_gap(name).mean
    return f"{report.solved[name].mean:.2f} ({share:.0%})" + (f", {late} late" if late else "")
