"""A run's report as one HTML file that opens offline: plotly and all data are inside.

plotly is imported only when a report is made: it takes a second, and a submission does without it.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from aimo_pipeline.observe import figures, words, work
from aimo_pipeline.observe import report_parts as parts
from aimo_pipeline.observe.reading import Record, RunRecords
from aimo_pipeline.observe.report_markdown import headline, markdown

HTML = "report.html"
MARKDOWN = "report.md"
_TOKENS = (
    "TTFT: time to the first token; TPOT: time per token after it. Thrown away: generated, but part of no "
    "completion, since nobody waited any longer or the connection broke."
)


def write_report(run: RunRecords, folder: Path) -> tuple[Path, Path]:
    """Write report.html and report.md.

    Args:
        run: of a whole or cut journal.
        folder: where they go.

    Returns:
        The paths of both.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, text = folder / HTML, folder / MARKDOWN
    page.write_text(render_html(run.records), encoding="utf-8")
    text.write_text(markdown(run.records), encoding="utf-8")
    return page, text


def render_html(records: Sequence[Record]) -> str:
    """The page."""
    from plotly.offline import get_plotlyjs

    from aimo_pipeline.observe import report_plots as plots

    rows, totals = figures.problem_rows(records), figures.totals(records)
    stages, causes = work.latencies(records), figures.taxonomy(rows)
    body = [
        f"<p>{html.escape(headline(totals))}</p>",
        parts.tiles(totals),
        parts.section(
            "Problems at a glance",
            "Colour and mark: what stands behind the answer. Red frame: wrong.",
            parts.cells(rows),
        ),
        parts.section(
            "Who worked when",
            "Each problem's work over the run: the model on the GPU, the rest on the CPU.",
            plots.gantt(work.spans(records), [row.id for row in rows]),
        ),
        '<div class="pair">',
        parts.section(
            "Time bank",
            "What was left when each problem began, what it was granted, what it used.",
            plots.budget(work.budget_points(records)),
        ),
        parts.section(
            "What each second bought",
            "Answers above a guess, by seconds into their problem.",
            plots.bought(figures.answered_by_second(rows)) + parts.bought(rows),
        ),
        "</div>",
        '<div class="pair">',
        parts.section(
            "Stages",
            "Share of the critical path: of the problems' time, how much was spent waiting for each stage.",
            plots.latencies(stages)
            + parts.latencies(records)
            + parts.meanings(words.STAGES, [one.stage for one in stages]),
        ),
        parts.section(
            "What went wrong on the way",
            "Problems with each cause; a problem can have several and still be right.",
            plots.taxonomy(causes) + parts.meanings(words.CAUSES, [one for one, n in causes.items() if n[0]]),
        ),
        "</div>",
        parts.section(
            "Tokens by purpose",
            _TOKENS,
            plots.tokens(work.tokens_by_purpose(records)) + parts.tokens(records),
        ),
        parts.section("All problems", "", parts.problems(rows)),
    ]
    return parts.page("Trace-to-Lean run", "".join(body), get_plotlyjs())
