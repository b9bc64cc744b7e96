"""How much work the first terms are: decides how far the compiled program is run in Lean's kernel.

And what they are: Python's own word on the terms for which Lean gives the compiled program's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.sandbox import Sandbox

_HEX = re.compile(r"-?0x[0-9a-f]+")


@dataclass(frozen=True)
class Reached:
    """A term that the program computed: bytecode instructions and value, which old journals lack (None)."""

    steps: int
    value: int | None


def _reached(frames: Iterable[Frame]) -> Iterator[Reached]:
    """What the child sent, up to the first frame that is none of its."""
    for frame in frames:
        steps, value = frame.get("steps"), frame.get("value")
        if type(steps) is not int or steps < 0:
            return
        if value is None:
            yield Reached(steps, None)
        elif isinstance(value, str) and _HEX.fullmatch(value):
            yield Reached(steps, int(value, 16))
        else:
            return


async def affordable_terms(
    code: str,
    *,
    max_terms: int,
    max_steps: int,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str = "",
) -> tuple[Reached, ...]:
    """Those of its first terms that the program computes within `max_steps` bytecode instructions.

    Args:
        code: a trace program that has run before.
        max_terms: the most that is of use.
        max_steps: instructions for all of these terms together.
        sandbox: where it runs.
        deadline: the latest end.
        config: wall clock and limits.
        owner: on whose behalf; owners take turns.

    Returns:
        a(FIRST), a(FIRST + 1), ..., at most max_terms; none when the program could not be counted.
    """
    request = {"kind": "count", "code": code, "max_terms": max_terms, "max_steps": max_steps}
    report = await sandbox.finish(
        request, deadline=deadline.capped(config.wall_s), limits=config.limits, owner=owner
    )
    terms = list(itertools.islice(_reached(report.frames), max_terms))
    totals = itertools.accumulate(term.steps for term in terms)
    return tuple(term for term, total in zip(terms, totals, strict=True) if total <= max_steps)
