"""How much work the first terms are: decides how far the compiled program is run in Lean's kernel."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.sandbox import Sandbox


def _counts(frames: Iterable[Frame]) -> Iterator[int]:
    """The counts that the child sent, up to the first frame that is none."""
    for frame in frames:
        steps = frame.get("steps")
        if type(steps) is not int or steps < 0:
            return
        yield steps


async def affordable_terms(
    code: str,
    *,
    max_terms: int,
    max_steps: int,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str = "",
) -> int:
    """At how many of its first indices the program runs within `max_steps` bytecode instructions.

    Args:
        code: a trace program that has run before.
        max_terms: the most that is of use.
        max_steps: instructions for all of these terms together.
        sandbox: where it runs.
        deadline: the latest end.
        config: wall clock and limits.
        owner: on whose behalf; owners take turns.

    Returns:
        0..max_terms; 0 also when the program could not be counted.
    """
    request = {"kind": "count", "code": code, "max_terms": max_terms, "max_steps": max_steps}
    report = await sandbox.finish(
        request, deadline=deadline.capped(config.wall_s), limits=config.limits, owner=owner
    )
    counts = itertools.islice(_counts(report.frames), max_terms)
    return sum(1 for total in itertools.accumulate(counts) if total <= max_steps)
