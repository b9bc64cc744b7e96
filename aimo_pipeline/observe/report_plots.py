"""The report's pictures, each a piece of HTML; plotly itself stands once in the page's head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from aimo_pipeline.observe.work import LANES, BudgetPoint, Latency, Purpose, Span

_LANE_COLOURS = dict(zip(LANES, ("#4c78c8", "#e0913a", "#8a63b8", "#2e9e5b"), strict=True))
_BLUE, _GREY, _GREEN, _RED = "#4c78c8", "#aab2bf", "#2e9e5b", "#cf5c4a"
_NOTHING = "<p>Nothing in the journal.</p>"


def gantt(spans: Sequence[Span], order: Sequence[str]) -> str:
    """Work over time, one line a problem, one colour a lane; the first problem on top."""
    if not spans:
        return _NOTHING
    figure = go.Figure()
    for lane in LANES:
        of = [span for span in spans if span.lane == lane and span.problem_id in order]
        figure.add_bar(
            name=lane,
            y=[span.problem_id for span in of],
            base=[span.began_s for span in of],
            x=[max(span.ended_s - span.began_s, 1e-3) for span in of],
            customdata=[[span.what, span.ended_s - span.began_s] for span in of],
            hovertemplate="%{y} " + lane + " %{customdata[0]}: %{customdata[1]:.2f} s<extra></extra>",
            orientation="h",
            marker={"color": _LANE_COLOURS[lane], "opacity": 0.75},
        )
    figure.update_layout(barmode="overlay", bargap=0.25)
    figure.update_yaxes(categoryorder="array", categoryarray=list(order)[::-1], tickfont={"size": 10})
    figure.update_xaxes(title="seconds since the start", rangemode="tozero")
    return plot_html(figure, height=max(220, 110 + 13 * len(order)))


def budget(points: Sequence[BudgetPoint]) -> str:
    """The bank's level, grants and what was used."""
    if not points:
        return _NOTHING
    ids = [one.problem_id for one in points]
    figure = go.Figure()
    figure.add_bar(name="granted", x=ids, y=[one.grant_s for one in points], marker={"color": _GREY})
    figure.add_bar(name="used", x=ids, y=[one.spent_s for one in points], marker={"color": _BLUE})
    figure.add_scatter(
        name="left", x=ids, y=[one.left_s for one in points], mode="lines", line={"color": _GREEN, "width": 3}
    )
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(title="seconds", rangemode="tozero")
    figure.update_xaxes(nticks=10)
    return plot_html(figure)


def bought(points: Sequence[tuple[float, int]]) -> str:
    """Answers above a guess by the seconds that they took."""
    if not points:
        return _NOTHING
    figure = go.Figure()
    seconds, counts = zip(*points, strict=True)
    figure.add_scatter(
        x=[0.0, *seconds],
        y=[0, *counts],
        mode="lines",
        fill="tozeroy",
        line={"color": _GREEN, "width": 3, "shape": "hv"},
    )
    figure.update_xaxes(title="seconds into the problem", rangemode="tozero")
    figure.update_yaxes(title="answers", rangemode="tozero")
    return plot_html(figure, legend=False)


def latencies(stages: Sequence[Latency]) -> str:
    """Shares of the critical path, the largest on top."""
    if not stages:
        return _NOTHING
    figure = go.Figure()
    ordered = list(stages)[::-1]
    figure.add_bar(
        y=[one.stage for one in ordered],
        x=[100 * one.critical_share for one in ordered],
        text=[f"{100 * one.critical_share:.1f} %" for one in ordered],
        textposition="outside",
        cliponaxis=False,
        orientation="h",
        marker={"color": _BLUE},
    )
    figure.update_xaxes(title="% of the problems' time", range=[0, 118])
    return plot_html(figure, height=90 + 30 * len(ordered), legend=False)


def taxonomy(causes: dict[str, tuple[int, int]]) -> str:
    """Problems by cause: all of them, and those that did not end verified."""
    causes = {name: counts for name, counts in causes.items() if counts[0]}
    if not causes:
        return "<p>Nothing went wrong.</p>"
    names = sorted(causes, key=lambda name: causes[name][0])
    figure = go.Figure()
    for name, place, colour in (("not verified in the end", 1, _RED), ("verified all the same", 0, _GREY)):
        counts = [causes[one][1] if place else causes[one][0] - causes[one][1] for one in names]
        figure.add_bar(name=name, y=names, x=counts, orientation="h", marker={"color": colour})
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="problems", rangemode="tozero")
    return plot_html(figure, height=130 + 30 * len(names))


def tokens(purposes: Sequence[Purpose]) -> str:
    """Prompt and generated tokens for each stage."""
    if not purposes:
        return _NOTHING
    ordered = list(purposes)[::-1]
    figure = go.Figure()
    for name, values, colour in (
        ("generated", [one.completion_tokens for one in ordered], _BLUE),
        ("prompt", [one.prompt_tokens - one.cached_tokens for one in ordered], _GREY),
        ("prompt, from the cache", [one.cached_tokens for one in ordered], "#d5dae2"),
    ):
        figure.add_bar(
            name=name, y=[one.stage for one in ordered], x=values, orientation="h", marker={"color": colour}
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="tokens", rangemode="tozero")
    return plot_html(figure, height=150 + 34 * len(ordered))


def plot_html(figure: Any, *, height: int = 320, legend: bool = True) -> str:
    """A figure in the page's style; plotly itself is not in it."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 8, "r": 8, "t": 34 if legend else 8, "b": 8},
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0.0},
        font={"family": 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif', "size": 12},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    config = {"responsive": True, "displayModeBar": False}
    drawn = figure.to_html(full_html=False, include_plotlyjs=False, config=config, default_width="100%")
    return f'<div class="plot">{drawn}</div>'
