"""The simulation's figures as a page of pictures that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.simulate import OURS, MixReport

_OURS, _OTHERS, _LIMIT = "#1b7837", "#9aa0a6", "#762a83"
_COLUMNS = 2
_ROW_PIXELS = 330


def write_page(reports: Sequence[MixReport], path: Path, *, runs: int) -> None:
    """Write one picture a mix: what each policy solves, with 95 % intervals, and the bound.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        path.write_text(as_figure(reports, runs=runs).to_html(include_plotlyjs=True), encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None


def as_figure(reports: Sequence[MixReport], *, runs: int) -> go.Figure:
    """The pictures; a policy that ended runs after the wall clock says how many."""
    rows = -(-len(reports) // _COLUMNS)
    figure = make_subplots(rows, _COLUMNS, subplot_titles=[report.name for report in reports])
    for place, report in enumerate(reports):
        row, column = place // _COLUMNS + 1, place % _COLUMNS + 1
        figure.add_trace(_bars(report), row, column)
        figure.add_vline(report.most, line={"color": _LIMIT, "dash": "dot"}, row=row, col=column)
    title = (
        f"Problems solved of 50, mean of {runs:,} runs; dotted: what no policy can exceed that is not told"
    )
    figure.update_layout(
        title=title, showlegend=False, height=_ROW_PIXELS * rows + 80, template="simple_white"
    )
    return figure


def _bars(report: MixReport) -> go.Bar:
    names = [*report.solved][::-1]
    solved = [report.solved[name] for name in names]
    late = [report.played[name].overruns for name in names]
    shares = [report.share_of_gap(name).mean for name in names]
    texts = [
        f"{one.mean:.2f} ({share:.0%})" + (f", {runs} late" if runs else "")
        for one, share, runs in zip(solved, shares, late, strict=True)
    ]
    return go.Bar(
        x=[one.mean for one in solved],
        y=names,
        orientation="h",
        text=texts,
        error_x={"array": [one.high - one.mean for one in solved], "thickness": 1},
        marker={"color": [_OURS if name == OURS else _OTHERS for name in names]},
    )
