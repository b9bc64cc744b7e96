"""What a run came to: one row a problem, the score, and where the files are."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypedDict

from rich.table import Table

from aimo_pipeline.domain import Answer
from aimo_pipeline.errors import UserError

GatewayName = Literal["kaggle_evaluation", "local", "batch"]
RESULTS = "results.json"


@dataclass(frozen=True)
class Given:
    """An answer as predict gave it, and how long that took."""

    problem_id: str
    answer: Answer
    seconds: float


@dataclass(frozen=True)
class Row:
    """One line of the closing table.

    Attributes:
        id: the problem's.
        answer: what was submitted.
        expected: the right answer, None where it is not known.
        evidence: the rung's class name, such as "CheckedTo".
        seconds: wall clock inside predict.
        path: the stages that led to the answer.
    """

    id: str
    answer: int
    expected: int | None
    evidence: str
    seconds: float
    path: str


@dataclass(frozen=True)
class Report:
    """A whole run; the score counts right answers among those that are known."""

    gateway: GatewayName
    problems: tuple[Row, ...]
    submission: str
    journal: str

    @property
    def score(self) -> int:
        """Number of right answers."""
        return sum(row.answer == row.expected for row in self.problems)

    @property
    def total(self) -> int:
        """Number of problems whose right answer is known."""
        return sum(row.expected is not None for row in self.problems)


class Results(TypedDict):
    """The JSON form of a Report."""

    gateway: GatewayName
    score: int
    total: int
    problems: list[dict[str, object]]
    submission: str
    journal: str


def make_rows(given: list[Given], expected: dict[str, int | None]) -> tuple[Row, ...]:
    """Join answers with what was expected.

    Args:
        given: the answers, in the order in which the gateway asked.
        expected: id to right answer, in the order in which the rows are wanted.

    Returns:
        One row an answer; ids that are not in `expected` come last.
    """
    place = {id_: index for index, id_ in enumerate(expected)}
    ordered = sorted(given, key=lambda one: place.get(one.problem_id, len(place)))
    return tuple(
        Row(
            id=one.problem_id,
            answer=one.answer.value,
            expected=expected.get(one.problem_id),
            evidence=type(one.answer.evidence).__name__,
            seconds=round(one.seconds, 3),
            path=one.answer.path,
        )
        for one in ordered
    )


def write_results(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    results = Results(
        gateway=report.gateway,
        score=report.score,
        total=report.total,
        problems=[asdict(row) for row in report.problems],
        submission=report.submission,
        journal=report.journal,
    )
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_results(path: Path) -> Report:
    """Read what write_results wrote.

    Raises:
        UserError: there is no such file, or it is not of that form.
    """
    try:
        results: Results = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(Row(**problem) for problem in results["problems"])  # type: ignore[arg-type]
        return Report(results["gateway"], rows, results["submission"], results["journal"])
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path} does not hold the results of a run") from None


def as_table(report: Report) -> Table:
    """The closing table; a wrong answer stands in red."""
    table = Table(title=f"{report.score} of {report.total} right (gateway: {report.gateway})")
    for name in ("id", "answer", "expected"):
        table.add_column(name, justify="left" if name == "id" else "right", no_wrap=True)
    table.add_column("evidence", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("found by", overflow="fold")
    for row in report.problems:
        table.add_row(*_cells(row), style=_style(row))
    return table


def as_text(report: Report) -> str:
    """The closing table in plain text, one line a problem, then the score and the files."""
    lines = ["  ".join(cell.ljust(12) for cell in _cells(row)).rstrip() for row in report.problems]
    return "\n".join([*lines, *closing_lines(report)])


def closing_lines(report: Report) -> list[str]:
    """The score and the paths of the files."""
    return [
        f"score       {report.score} of {report.total}",
        f"submission  {report.submission}",
        f"journal     {report.journal}",
    ]


def _cells(row: Row) -> tuple[str, str, str, str, str, str]:
    expected = "?" if row.expected is None else str(row.expected)
    return row.id, str(row.answer), expected, row.evidence, f"{row.seconds:.1f}", row.path


def _style(row: Row) -> str:
    return "red" if row.expected is not None and row.answer != row.expected else ""
