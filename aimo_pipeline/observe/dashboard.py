"""The dashboard: a pure function from a run's state to what rich draws, and one line a problem as text.

The inner parts are texts, not Rich's tables, which are measured again and again by what they lie in: drawing
took five times as long with them (tests/bench/dashboard.py).
"""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from aimo_pipeline.observe.figures import RUNGS
from aimo_pipeline.observe.state import Cell, Limits, RunState, alerts

# Grey, yellow, blue and red as the phases; greens by what stands behind the answer.
_PHASE_STYLE = {
    "pending": "grey50 on grey23",
    "generating": "black on yellow3",
    "verifying": "white on blue",
    "given up": "white on dark_red",
}
_EVIDENCE_STYLE = {
    "Voted": "black on dark_sea_green2",
    "Fits": "black on dark_sea_green4",
    "Agreed": "black on green3",
    "CompiledTo": "black on green4",
    "CheckedTo": "white on green4",
    "ProvedForAll": "bold white on dark_green",
}
_EVIDENCE_MARK = {
    "Voted": "v",
    "Fits": "f",
    "Agreed": "a",
    "CompiledTo": "c",
    "CheckedTo": "✓",
    "ProvedForAll": "∀",
}
_ROW = 10
_BARS = 4
_BAR_COLUMNS = 36
_VALUE_COLUMNS = 14


def render(state: RunState, now_s: float, limits: Limits) -> RenderableType:
    """The whole screen.

    Args:
        state: of the run.
        now_s: on the journal's clock.
        limits: from where on to warn.
    """
    side = Group(_clock(state, now_s), _model(state, now_s), _pools(state), _methods(state))
    body = Columns([Group(_grid(state), _legend(), _active(state, now_s)), side], padding=(0, 3))
    warnings = alerts(state, now_s, limits)
    colour = "red" if warnings else "grey50"
    told = Text("\n".join(warnings) if warnings else "nothing to report", style=colour)
    title = f"Trace-to-Lean  {state.done} of {state.expected} answered"
    return Panel(Group(body, Panel(told, title="alerts", border_style=colour)), title=title)


def _grid(state: RunState) -> Text:
    cells = list(state.cells.values())
    blocks = [_block(cell) for cell in cells]
    waiting = max(0, state.expected - len(cells))
    blocks += [Text(f" {len(cells) + place + 1:>2}  ", _PHASE_STYLE["pending"]) for place in range(waiting)]
    rows = [Text(" ").join(blocks[start : start + _ROW]) for start in range(0, len(blocks), _ROW)]
    return _lines(rows)


def _lines(rows: list[Text]) -> Text:
    """Rows of their own, which are cut off rather than wrapped."""
    found = Text("\n").join(rows)
    found.no_wrap, found.overflow = True, "ellipsis"
    return found


def _block(cell: Cell) -> Text:
    mark = _EVIDENCE_MARK.get(cell.evidence, " ")
    name = cell.id[-3:].rjust(3)
    if cell.phase == "solved":
        return Text(f"{name} {mark}", _EVIDENCE_STYLE.get(cell.evidence, "black on green3"))
    mark = {"generating": "…", "verifying": "?", "given up": "✗"}.get(cell.phase, " ")
    return Text(f"{name} {mark}", _PHASE_STYLE[cell.phase])


def _legend() -> Text:
    legend = Text()
    for phase, style in _PHASE_STYLE.items():
        legend.append(f" {phase} ", style)
        legend.append(" ")
    for evidence, style in _EVIDENCE_STYLE.items():
        legend.append(f" {_EVIDENCE_MARK[evidence]} {evidence} ", style)
        legend.append(" ")
    return legend


def _active(state: RunState, now_s: float) -> Text:
    cells = state.active()[-_BARS:]
    if not cells:
        return Text("no problem is being worked on", style="grey50")
    width = max(len(cell.id) for cell in cells)
    return _lines([_spent(cell, now_s - cell.began_s, width) for cell in cells])


def _spent(cell: Cell, spent_s: float, width: int) -> Text:
    """A bar of time against grant, red when it is over."""
    filled = min(_BAR_COLUMNS, max(0, int(_BAR_COLUMNS * spent_s / max(cell.grant_s, 1e-9))))
    row = Text(f"{cell.id:<{width}} ")
    row.append("━" * filled, "red" if spent_s > cell.grant_s else "green")
    row.append("━" * (_BAR_COLUMNS - filled), "grey23")
    return row.append(f" {spent_s:.0f} of {cell.grant_s:.0f} s {cell.phase}")


def _facts(title: str, facts: list[tuple[str, str]]) -> Text:
    names = max(len(name) for name, _ in facts)
    values = max(_VALUE_COLUMNS, *(len(value) for _, value in facts))
    rows = [Text(title, "bold")]
    for name, value in facts:
        rows.append(Text.assemble((f" {name:<{names}}", "grey50"), f"  {value:>{values}}"))
    return _lines(rows)


def _clock(state: RunState, now_s: float) -> Text:
    left = state.remaining_s(now_s)
    to_come = max(0, state.expected - state.done)
    share = "–" if left is None or not to_come else f"{left / to_come:.0f} s each"
    return _facts(
        "time bank",
        [
            ("elapsed", clock_text(now_s)),
            ("left", "–" if left is None else clock_text(left)),
            ("to come", f"{to_come}, {share}"),
        ],
    )


def _model(state: RunState, now_s: float) -> Text:
    rate, ttft = state.tokens_per_s(now_s), state.ttft_s()
    return _facts(
        "model",
        [
            ("tokens/s", "–" if rate is None else f"{rate:,.0f}"),
            ("TTFT", "–" if ttft is None else f"{ttft:.2f} s"),
            ("KV cache", _percent(state.gauges, "kv_share")),
            ("queue", _gauge(state.gauges, "waiting")),
            ("restarts", str(state.restarts)),
            ("tokens", f"{state.tokens:,}"),
        ],
    )


def _pools(state: RunState) -> Text:
    gauges = state.gauges
    warm, busy = _gauge(gauges, "lean_workers"), _gauge(gauges, "lean_busy")
    free = gauges.get("available_bytes")
    return _facts(
        "machine",
        [
            ("Lean", f"{state.engine or '–'}: {warm} warm, {busy} busy"),
            ("Lean restarts", _gauge(gauges, "lean_restarts")),
            ("Lean cache hits", _gauge(gauges, "lean_cache_hits")),
            ("proved", f"{state.verdicts['proved']} of {state.verdicts.total()}"),
            ("programs", f"{state.programs.total()} ({state.programs['ran']} well)"),
            ("memory free", "–" if free is None else f"{free / 2**30:.1f} GiB"),
        ],
    )


def _methods(state: RunState) -> Text:
    facts = [
        (method, f"{state.won[method]} of {state.tried[method]}" if state.tried[method] else "–")
        for method in ("trace", "tir", "lean")
    ]
    facts += [(rung, str(state.answered[rung])) for rung in reversed(RUNGS) if state.answered[rung]]
    return _facts("answers by method", facts)


def _gauge(gauges: dict[str, float], name: str) -> str:
    return f"{gauges[name]:.0f}" if name in gauges else "–"


def _percent(gauges: dict[str, float], name: str) -> str:
    return f"{100 * gauges[name]:.0f} %" if name in gauges else "–"


def clock_text(seconds: float) -> str:
    """Such as 4:59:07."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def line_of(state: RunState, cell: Cell, now_s: float) -> str:
    """One answered problem in one line, for terminals that cannot be redrawn."""
    left = state.remaining_s(now_s)
    rest = "" if left is None else f"  {clock_text(left)} left"
    wrong = f"  ({', '.join(cell.causes)})" if cell.causes else ""
    value = "–" if cell.value is None else str(cell.value)
    return (
        f"[{state.done:>2}/{state.expected}] {cell.id}  {value:>5}  {cell.evidence or 'fallback'}  "
        f"{cell.seconds or 0.0:.1f} s of {cell.grant_s:.0f} s  {cell.path}{wrong}{rest}"
    )
