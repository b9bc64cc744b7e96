"""A run's report as Markdown, for a notebook's log and for reading in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aimo_pipeline.observe import figures, words, work
from aimo_pipeline.observe.reading import Record


def markdown(records: Sequence[Record]) -> str:
    """The whole report.

    Args:
        records: of one run, cut or whole.
    """
    return f"{summary(records)}\n## Problems\n\n{_problems(figures.problem_rows(records))}\n"


def summary(records: Sequence[Record]) -> str:
    """All but the table of problems: for a log that has one already."""
    rows = figures.problem_rows(records)
    parts = [
        "# Run",
        headline(figures.totals(records)),
        "## What the seconds bought",
        _table(
            (
                "evidence",
                "problems",
                "right",
                "seconds",
                "seconds a problem",
                "tokens",
                "what stands behind it",
            ),
            (
                (
                    one.evidence,
                    one.problems,
                    _or_unknown(one.right),
                    _s(one.seconds),
                    _s(one.seconds / one.problems),
                    one.tokens,
                    words.RUNGS[one.evidence],
                )
                for one in figures.what_seconds_bought(rows)
            ),
        ),
        "## Stages",
        _table(
            ("stage", "runs", "median s", "p95 s", "total s", "share of the critical path", "what it does"),
            (
                (*(one.stage, one.runs), *map(_s, (one.median_s, one.p95_s, one.total_s)), _share(one))
                + (words.STAGES.get(one.stage, ""),)
                for one in work.latencies(records)
            ),
        ),
        "## What went wrong",
        _table(
            ("cause", "problems", "of them not verified", "that is"),
            (
                (cause, *counts, words.CAUSES[cause])
                for cause, counts in figures.taxonomy(rows).items()
                if counts[0]
            ),
        ),
        "## Tokens",
        _table(
            (
                "purpose",
                "completions",
                "prompt",
                "from the cache",
                "generated",
                "thrown away",
                "TTFT s",
                "TPOT ms",
            ),
            (
                (
                    *(one.stage, one.completions, one.prompt_tokens, one.cached_tokens),
                    *(one.completion_tokens, one.dropped_tokens),
                    "?" if one.ttft_s is None else _s(one.ttft_s),
                    _or_unknown(None if one.tpot_s is None else round(1000 * one.tpot_s, 1)),
                )
                for one in work.tokens_by_purpose(records)
            ),
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _problems(rows: Iterable[figures.ProblemRow]) -> str:
    return _table(
        ("id", "answer", "expected", "evidence", "seconds", "grant", "tokens", "went wrong"),
        (
            (
                *(one.id, _or_unknown(one.value), _or_unknown(one.expected), one.evidence or "none"),
                *(_or_unknown(_rounded(one.seconds)), _s(one.grant_s), one.tokens),
                ", ".join(one.causes),
            )
            for one in rows
        ),
    )


def headline(totals: figures.Totals) -> str:
    """The run in one sentence or two."""
    known = f", {totals.right} of {totals.known} right" if totals.known else ""
    cut = "" if totals.whole else " The journal ends before the run did."
    return (
        f"{totals.answered} of {totals.problems} problems answered{known}; {totals.verified} verified, "
        f"{totals.guessed} guessed, {totals.faults} faults, {totals.tokens:,} tokens, "
        f"{totals.seconds:.0f} s.{cut}"
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    if not lines:
        return "Nothing in the journal."
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _s(seconds: float) -> str:
    """Three digits or so."""
    return f"{seconds:.4f}" if seconds < 0.1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _share(one: work.Latency) -> str:
    return f"{100 * one.critical_share:.1f} %"


def _or_unknown(value: object | None) -> object:
    return "?" if value is None else value
