"""Real Python that failed under a model's tool use, run in the sandbox, and whether the answer would help.

The data are the recorded failures in shared/data/tool_errors.jsonl beside the repository: 220 whole cells
with the earlier cells that they need, and 180 excerpts from tracebacks.
"""

from __future__ import annotations

import ast
import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.sandbox import Sandbox

PATH = Path(__file__).parents[3] / "shared" / "data" / "tool_errors.jsonl"
_SO_FAR = "so far"
_HANG_S = 60.0
_CLOCK = MonotonicClock()
_LIMITS = LimitsConfig()
# Those that the program can raise without a word of its own.
_SILENT = ("AssertionError", "KeyboardInterrupt", "StopIteration")
_PARSING = ("SyntaxError", "IndentationError", "TabError")


@dataclass(frozen=True)
class Snippet:
    """One recorded failure.

    Attributes:
        id: the row's.
        code: what failed.
        earlier: the cells before it that it needs; empty for an excerpt.
        whole: a whole cell, which fails in the same way again; an excerpt fails anyhow.
        error_class: what was raised; None for a time-out.
        error_message: what it said.
        failing_line: the line at fault, as recorded.
    """

    id: str
    code: str
    earlier: tuple[str, ...]
    whole: bool
    error_class: str | None
    error_message: str
    failing_line: str


def snippets() -> list[Snippet]:
    """All of them, in the file's order."""
    rows = [json.loads(line) for line in PATH.read_text("utf-8").splitlines()]
    return [
        Snippet(
            row["id"],
            row["code"],
            tuple(row["earlier_cells"] or ()),
            row["code_kind"] == "cell",
            row["error_class"],
            row["error_message"] or "",
            row["failing_line"] or "",
        )
        for row in rows
    ]


def _announced(snippet: Snippet) -> str:
    """The code, printing first where that moves no line, so that there is partial output to keep."""
    try:
        first = ast.parse(snippet.code).body[0]
    except (SyntaxError, IndexError):
        return snippet.code
    if isinstance(first, ast.Expr | ast.Assign | ast.Import) and first.lineno == 1:
        return f"print({_SO_FAR!r}); {snippet.code}"
    return snippet.code


async def outcome_of(sandbox: Sandbox, snippet: Snippet, *, wall_s: float) -> RunOutcome:
    """Run a snippet after its earlier cells, each with the same limit on time.

    Raises:
        TimeoutError: the sandbox hangs.
    """
    code = snippet.code if snippet.error_class else _announced(snippet)
    async with asyncio.timeout((2 + len(snippet.earlier)) * wall_s + _HANG_S):
        if not snippet.whole:
            return await sandbox.run(code, deadline=Deadline.after(wall_s, _CLOCK), limits=_LIMITS)
        async with sandbox.session(limits=_LIMITS) as session:
            for cell in snippet.earlier:
                await session.run(cell, deadline=Deadline.after(wall_s, _CLOCK))
            return await session.run(code, deadline=Deadline.after(wall_s, _CLOCK))


def complaints(snippet: Snippet, outcome: RunOutcome) -> list[str]:
    """Why a model could not mend its program with this answer; empty when it could."""
    match outcome:
        case Ran():
            return []
        case TimedOut(stdout=stdout, hint=hint):
            lost = _announced(snippet) != snippet.code and not snippet.error_class and _SO_FAR not in stdout
            return ["the output until then is lost"] * lost + ["no hint"] * (not hint)
        case Killed(message=message):
            return [] if message else ["the limit is not told"]
        case Crashed():
            return _complaints_on_crash(snippet, outcome)
    assert_never(outcome)


def _complaints_on_crash(snippet: Snippet, crash: Crashed) -> list[str]:
    found = []
    if crash.line is None:
        found.append("no line")
    elif crash.line > len(snippet.code.splitlines()) + 1 and crash.kind not in _PARSING:
        found.append(f"line {crash.line} is not the model's")
    if not crash.message and crash.kind not in _SILENT:
        found.append("no message")
    if crash.kind not in _PARSING and crash.kind not in crash.traceback:
        found.append("the traceback does not name the error")
    if any(line.startswith('  File "') and "<" not in line for line in crash.traceback.splitlines()):
        found.append("the traceback shows lines that are not the model's")
    if crash.kind == "ModuleNotFoundError" and not _named(snippet, crash):
        found.append("the missing module is not named")
    if crash.kind == "NameError" and "'" not in crash.message:
        found.append("the name is not told")
    return found


def _named(snippet: Snippet, crash: Crashed) -> bool:
    missing = crash.message.partition("'")[2].partition("'")[0]
    return bool(missing) and missing.partition(".")[0] in snippet.code + "".join(snippet.earlier)


def same_failure(snippet: Snippet, outcome: RunOutcome) -> bool:
    """Whether a whole cell failed here as it did when it was recorded."""
    match outcome:
        case Crashed(kind=kind):
            return kind == snippet.error_class
        case TimedOut() | Killed():
            return snippet.error_class is None
        case Ran():
            return "Exceeds the limit" in snippet.error_message  # on digits, which is lifted here on purpose
    assert_never(outcome)
