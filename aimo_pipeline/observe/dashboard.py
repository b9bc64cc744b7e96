"""The dashboard: a pure function from a run's state to what rich draws, and one line a problem as text.

The inner parts are texts, not Rich's tables, which are measured again and again by what they lie in: drawing
took five times as long with them (tests/bench/dashboard.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.panel import Panel
from rich.text import Text

from aimo_pipeline.observe import words
from aimo_pipeline.observe.alerts import Limits, alerts
from aimo_pipeline.observe.state import METHODS, Cell, RunState

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
    "CompiledTo": "white on chartreuse4",
    "CheckedTo": "bold white on green4",
    "ProvedForAll": "bold white on dark_green",
}
_ROW = 10
_BARS = 4
_BAR_COLUMNS = 24
_FRAME = 4
_GRID_COLUMNS = 59
# Of one block of facts, and between two of them.
_BLOCK = 35
_GAP = 3


def render(state: RunState, now_s: float, limits: Limits) -> RenderableType:
    """The whole screen.

    Args:
        state: of the run.
        now_s: on the journal's clock.
        limits: from where on to warn.
    """
    warnings = alerts(state, now_s, limits)
    told = [f"! {one}" for one in warnings] or ["no alerts"]
    style = "bold red" if warnings else "grey50"
    facts = (
        [*_clock(state, now_s), Text(), *_methods(state)],
        _model(state, now_s),
        _pools(state),
    )
    screen = _Screen([Text(one, style) for one in told], _grid(state), _active(state, now_s), facts)
    return Panel(screen, title=f"Trace-to-Lean  {state.done} of {state.expected} answered")


Rows = list[Text]


@dataclass(frozen=True)
class _Screen:
    """Everything in the frame, laid out by its width; what matters most stands on top, where a low terminal
    does not cut it off."""

    warnings: Rows
    grid: Rows
    active: Rows
    facts: tuple[Rows, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = options.max_width
        if columns >= _GRID_COLUMNS + _GAP + _BLOCK + _BAR_COLUMNS:
            top = _beside((self.grid, self.active), _GRID_COLUMNS)
        else:
            top = [*self.grid, *self.active]
        many = max(1, (columns + _GAP) // (_BLOCK + _GAP))
        blocks: list[Rows] = [[] for _ in range(min(many, len(self.facts)))]
        for place, rows in enumerate(self.facts):  # the last take what has no column of its own
            into = blocks[min(place, len(blocks) - 1)]
            into += [Text(), *rows] if into else rows
        for one in (*self.warnings, *top, *_legend(columns), Text(), *_beside(blocks, _BLOCK)):
            one.no_wrap, one.overflow = True, "ellipsis"
            yield one


def _beside(blocks: tuple[Rows, ...] | list[Rows], columns: int) -> Rows:
    """Blocks of rows side by side."""
    found = []
    for place in range(max(map(len, blocks))):
        row = Text()
        for block in blocks:
            piece = block[place].copy() if place < len(block) else Text()
            piece.truncate(columns if block is not blocks[-1] else max(columns, piece.cell_len))
            row.append_text(piece)
            if block is not blocks[-1]:
                row.append(" " * (columns + _GAP - piece.cell_len))
        found.append(row)
    return found


def _grid(state: RunState) -> Rows:
    cells = list(state.cells.values())
    blocks = [_block(cell) for cell in cells]
    waiting = max(0, state.expected - len(cells))
    blocks += [Text(f" {len(cells) + place + 1:>2}  ", _PHASE_STYLE["pending"]) for place in range(waiting)]
    return [Text(" ").join(blocks[start : start + _ROW]) for start in range(0, len(blocks), _ROW)]


def _block(cell: Cell) -> Text:
    mark = words.MARKS.get(cell.evidence, " ")
    name = cell.id[-3:].rjust(3)
    if cell.phase == "solved":
        return Text(f"{name} {mark}", _EVIDENCE_STYLE.get(cell.evidence, "black on green3"))
    mark = {"generating": "…", "verifying": "?", "given up": "✗"}.get(cell.phase, " ")
    return Text(f"{name} {mark}", _PHASE_STYLE[cell.phase])


def _legend(columns: int) -> Rows:
    """What colours and marks mean, in as many rows as it takes."""
    pieces = [Text(f" {phase} ", style) for phase, style in _PHASE_STYLE.items()]
    pieces += [Text(f" {words.MARKS[one]} {one} ", style) for one, style in _EVIDENCE_STYLE.items()]
    rows: Rows = [Text()]
    for piece in pieces:
        if rows[-1] and rows[-1].cell_len + piece.cell_len > columns:
            rows.append(Text())
        rows[-1].append_text(piece).append(" ")
    return rows


def _active(state: RunState, now_s: float) -> Rows:
    cells = state.active()[-_BARS:]
    if not cells:
        return [Text("no problem is being worked on", style="grey50")]
    width = max(len(cell.id) for cell in cells)
    return [_spent(cell, now_s - cell.began_s, width) for cell in cells]


def _spent(cell: Cell, spent_s: float, width: int) -> Text:
    """A bar of time against grant, red when it is over."""
    filled = min(_BAR_COLUMNS, max(0, int(_BAR_COLUMNS * spent_s / max(cell.grant_s, 1e-9))))
    row = Text(f"{cell.id:<{width}} ")
    row.append("━" * filled, "red" if spent_s > cell.grant_s else "green")
    row.append("━" * (_BAR_COLUMNS - filled), "grey23")
    return row.append(f" {spent_s:.0f} of {cell.grant_s:.0f} s {cell.phase}")


def _facts(title: str, facts: list[tuple[str, str]]) -> Rows:
    rows = [Text(title, "bold")]
    for name, value in facts:
        rows.append(Text.assemble((f" {name}", "grey50"), f"{value:>{_BLOCK - 1 - len(name)}}"))
    return rows


def _clock(state: RunState, now_s: float) -> Rows:
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


def _model(state: RunState, now_s: float) -> Rows:
    rate, ttft = state.tokens_per_s(now_s), state.ttft_s()
    return _facts(
        "model",
        [
            ("tokens/s", "–" if rate is None else f"{rate:,.0f}"),
            ("TTFT", "–" if ttft is None else f"{ttft:.2f} s"),
            ("KV cache", _percent(state.gauges, "kv_share")),
            (
                "queue",
                f"{_gauge(state.gauges, 'waiting')} waiting, {_gauge(state.gauges, 'running')} running",
            ),
            ("restarts", str(state.restarts)),
            ("tokens", f"{state.tokens:,}"),
        ],
    )


def _pools(state: RunState) -> Rows:
    gauges = state.gauges
    warm, busy = _gauge(gauges, "lean_workers"), _gauge(gauges, "lean_busy")
    free = gauges.get("available_bytes")
    return _facts(
        "machine",
        [
            (f"Lean {state.engine}".strip(), f"{warm} warm, {busy} busy"),
            ("Lean restarts", _gauge(gauges, "lean_restarts")),
            ("Lean cache hits", _gauge(gauges, "lean_cache_hits")),
            ("theorems proved", f"{state.verdicts['proved']} of {state.verdicts.total()}"),
            ("programs", f"{state.programs['ran']} of {state.programs.total()} ran well"),
            ("memory free", "–" if free is None else f"{free / 2**30:.1f} GiB"),
        ],
    )


def _methods(state: RunState) -> Rows:
    facts = []
    for method, name in METHODS.items():
        won, tried = state.won[method], state.tried[method]
        facts.append((name, f"{won} of {tried} ({won / tried:.0%})" if tried else "–"))
    facts += [
        (f"{words.MARKS[one]} {one}", str(state.answered[one])) for one in words.MARKS if state.answered[one]
    ]
    return _facts("success rate by method", facts)


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
