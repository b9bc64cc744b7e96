"""How much work the first terms are: decides how far the compiled program is run in Lean's kernel."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.process import PROGRAM_ENV, PROGRAM_PYTHON, run_process

_COUNTER = Path(__file__).with_name("counter.py")


def _counts(stdout: bytes) -> list[int]:
    try:
        found = json.loads(stdout)
    except ValueError:
        return []
    whole = isinstance(found, list) and all(type(item) is int and item >= 0 for item in found)
    return found if whole else []


async def affordable_terms(
    code: str, *, max_terms: int, max_steps: int, deadline: Deadline, config: TraceConfig
) -> int:
    """At how many of its first indices the program runs within `max_steps` bytecode instructions.

    Args:
        code: a trace program that has run before.
        max_terms: the most that is of use.
        max_steps: instructions for all of these terms together.
        deadline: the latest end.
        config: wall clock and limits.

    Returns:
        0..max_terms; 0 also when the program could not be counted.
    """
    job = json.dumps({"code": code, "max_terms": max_terms, "max_steps": max_steps})
    with tempfile.TemporaryDirectory(prefix="count-", ignore_cleanup_errors=True) as scratch:
        ended = await run_process(
            [*PROGRAM_PYTHON, str(_COUNTER)],
            stdin=job.encode(),
            limits=config.limits,
            deadline=deadline.capped(config.wall_s),
            cwd=Path(scratch),
            env=PROGRAM_ENV,
        )
    counts = _counts(ended.stdout)[:max_terms]
    return sum(1 for total in itertools.accumulate(counts) if total <= max_steps)
