"""The pieces of the report's page: its style, tiles, cells and tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

from aimo_pipeline.observe import figures, words, work
from aimo_pipeline.observe.reading import Record

# Of the answer's rung; also the dashboard's colours, so that one learns them once.
COLOURS = {
    "ProvedForAll": "#0b7a3e",
    "CheckedTo": "#2e9e5b",
    "CompiledTo": "#4ca96a",
    "Agreed": "#69b578",
    "Fits": "#a9cf8f",
    "Voted": "#d9c65a",
    "Guessed": "#cf5c4a",
    "none": "#b8bcc4",
}

STYLE = """
:root { --ink: #1c2430; --soft: #5d6778; --line: #e3e6eb; --paper: #f6f7f9; --card: #fff; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 0 0 4px; }
p { margin: 0 0 14px; color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 18px 20px; margin-top: 18px; min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px;
         margin-top: 18px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
.tile span { color: var(--soft); font-size: 13px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 18px; }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(64px, 1fr)); gap: 6px; }
.cell { border-radius: 6px; padding: 6px 8px; color: #fff; font-size: 12px; line-height: 1.25; min-width: 0;
        overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cell i { float: right; font-style: normal; opacity: 0.85; }
.cell b { display: block; font-size: 14px; font-variant-numeric: tabular-nums; }
.cell.dark { color: #2b2b18; }
.cell.wrong { outline: 3px solid #8f1d12; outline-offset: -3px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 12px; font-size: 13px;
          color: var(--soft); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 5px; }
.legend b { font-weight: 600; color: var(--ink); }
.legend.meaning { flex-direction: column; }
.scroll { overflow-x: auto; background: /* a shadow where there is more to the side */
  linear-gradient(to right, #fff 30%, #fff0) 0 0 / 40px 100% no-repeat local,
  linear-gradient(to left, #fff 30%, #fff0) 100% 0 / 40px 100% no-repeat local,
  linear-gradient(to right, #0003, #0000) 0 0 / 10px 100% no-repeat scroll,
  linear-gradient(to left, #0003, #0000) 100% 0 / 10px 100% no-repeat scroll; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--soft); padding: 5px 10px;
     border-bottom: 1px solid var(--line); }
td { text-align: right; padding: 5px 10px; border-bottom: 1px solid #f0f2f5; white-space: nowrap; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
td.bad { color: #b3261e; font-weight: 600; }
.plot { width: 100%; min-width: 0; }
@media (max-width: 760px) {
  main { padding: 18px 12px 40px; } .pair { grid-template-columns: minmax(0, 1fr); }
  section { padding: 14px 12px; }
}
"""


def page(title: str, body: str, script: str) -> str:
    """A page that opens offline.

    Args:
        title: plain text.
        body: HTML below it.
        script: plotly's.
    """
    said = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{said}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><script>{script}</script></head>"
        f"<body><main><h1>{said}</h1>{body}</main></body></html>"
    )


def section(title: str, what: str, inside: str) -> str:
    """One card of the page."""
    said = f"<p>{html.escape(what)}</p>" if what else ""
    return f"<section><h2>{html.escape(title)}</h2>{said}{inside}</section>"


def tiles(totals: figures.Totals) -> str:
    """The run in seven figures."""
    right = f"{totals.right}/{totals.known}" if totals.known else "?"
    tiles = (
        (right, "right"),
        (f"{totals.verified}", "verified by Lean"),
        (f"{totals.guessed}", "guessed"),
        (f"{totals.answered}/{totals.problems}", "answered"),
        (duration(totals.seconds), "wall clock"),
        (f"{totals.tokens:,}", "tokens"),
        (f"{totals.faults}", "faults"),
    )
    inside = "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles)
    return f'<div class="tiles">{inside}</div>'


def duration(seconds: float) -> str:
    """Such as 4:59:07, 12:05 or 8.2 s."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def cells(rows: Iterable[figures.ProblemRow]) -> str:
    """All problems as a grid, and what its colours mean."""
    cells, legend = [], []
    for row in rows:
        rung = row.evidence or "none"
        marks = " dark" * (rung in ("Voted", "Fits", "none")) + " wrong" * (row.right is False)
        title = html.escape(f"{row.id}: {rung}, {words.RUNGS.get(rung, '')} ({row.path})", quote=True)
        value = "–" if row.value is None else str(row.value)
        colour = COLOURS.get(rung, COLOURS["none"])
        cells.append(
            f'<div class="cell{marks}" style="background:{colour}" title="{title}">'
            f"<i>{words.MARKS.get(rung, '')}</i>{html.escape(row.id)}<b>{value}</b></div>"
        )
    for rung, colour in COLOURS.items():
        mark, meaning = words.MARKS.get(rung, ""), html.escape(words.RUNGS[rung])
        legend.append(f'<span><i style="background:{colour}"></i><b>{mark} {rung}</b> {meaning}</span>')
    told = f'<div class="legend meaning">{"".join(legend)}</div>'
    return f'<div class="cells">{"".join(cells)}</div>{told}'


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], text: frozenset[int] = frozenset()) -> str:
    def row(tag: str, cells: Sequence[object]) -> str:
        classes = [' class="text"' if place in text else "" for place, _ in enumerate(cells)]
        said = [html.escape(str(cell)) for cell in cells]
        return "".join(f"<{tag}{of}>{cell}</{tag}>" for of, cell in zip(classes, said, strict=True))

    body = "".join(f"<tr>{row('td', cells)}</tr>" for cells in rows)
    return f'<div class="scroll"><table><tr>{row("th", head)}</tr>{body}</table></div>'


def meanings(told: Mapping[str, str], of: Iterable[str]) -> str:
    """What some words mean, those that come up."""
    lines = [f"<span><b>{html.escape(one)}</b> {html.escape(told[one])}</span>" for one in of if one in told]
    return f'<div class="legend meaning">{"".join(lines)}</div>'


def _seconds(value: float | None) -> str:
    """Three digits of what is short."""
    return "?" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def bought(rows: Iterable[figures.ProblemRow]) -> str:
    """What the seconds of each rung bought."""
    head = ("evidence", "problems", "right", "s", "s a problem", "tokens")
    found = figures.what_seconds_bought(rows)
    return _table(
        head,
        (
            (
                *(one.evidence, one.problems, "?" if one.right is None else one.right),
                *(f"{one.seconds:.1f}", _seconds(one.seconds / one.problems), f"{one.tokens:,}"),
            )
            for one in found
        ),
    )


def latencies(records: Sequence[Record]) -> str:
    """Each stage's times."""
    head = ("stage", "runs", "median s", "p95 s", "total s", "critical path")
    return _table(
        head,
        (
            (
                *(one.stage, one.runs, _seconds(one.median_s), _seconds(one.p95_s)),
                *(f"{one.total_s:.1f}", f"{100 * one.critical_share:.1f} %"),
            )
            for one in work.latencies(records)
        ),
    )


def tokens(records: Sequence[Record]) -> str:
    """Each purpose's tokens."""
    head = ("purpose", "completions", "prompt", "cached", "generated", "thrown away", "TTFT s", "TPOT ms")
    return _table(
        head,
        (
            (
                *(one.stage, one.completions, f"{one.prompt_tokens:,}", f"{one.cached_tokens:,}"),
                *(f"{one.completion_tokens:,}", f"{one.dropped_tokens:,}", _seconds(one.ttft_s)),
                "?" if one.tpot_s is None else f"{1000 * one.tpot_s:.1f}",
            )
            for one in work.tokens_by_purpose(records)
        ),
    )


def problems(rows: Iterable[figures.ProblemRow]) -> str:
    """Every problem in a row."""
    head = ("id", "answer", "expected", "evidence", "s", "granted s", "tokens", "went wrong", "found by")
    return _table(
        head,
        (
            (
                *(row.id, "–" if row.value is None else row.value),
                *("?" if row.expected is None else row.expected, row.evidence or "none"),
                *(_seconds(row.seconds), f"{row.grant_s:.1f}", f"{row.tokens:,}"),
                *(", ".join(row.causes), row.path),
            )
            for row in rows
        ),
        frozenset({3, 7, 8}),
    )
