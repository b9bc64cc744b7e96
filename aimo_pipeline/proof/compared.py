"""At which indices program and rule can be compared, and what Python itself says there.

Lean's word is on the program as we compiled it. Python's word on the same indices comes first, so that a
fault of the compiler cannot make a rule look right where the program itself says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.mine import CannotEvaluate, Confirmed, Contradicted
from aimo_pipeline.mine.apart import Mining
from aimo_pipeline.proof.fitted import Fitted
from aimo_pipeline.trace.measure import Reached, affordable_terms
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.translate import CompiledProgram


@dataclass(frozen=True)
class Reach:
    """The first terms at which program and rule can be compared.

    Attributes:
        terms: a(FIRST), a(FIRST + 1), ... as Python gives them.
        native: by code that Lean compiles, since the kernel would take too long over enough of them.
    """

    terms: tuple[Reached, ...] = ()
    native: bool = False


async def reach_of(
    problem: Problem,
    fitted: Fitted,
    program: CompiledProgram | None,
    *,
    sandbox: Sandbox,
    config: Config,
    deadline: Deadline,
) -> Reach:
    """The first terms that are cheap enough for the kernel, or for code that Lean compiles."""
    if program is None:
        return Reach()
    verify = config.verify

    async def affordable(steps: int) -> tuple[Reached, ...]:
        return await affordable_terms(
            fitted.traced.source,
            max_terms=verify.max_compared,
            max_steps=steps,
            sandbox=sandbox,
            # Beyond the traced terms a call of few instructions may take very long.
            deadline=deadline.capped(config.trace.fresh_s),
            config=config.trace,
            owner=problem.id,
        )

    terms = await affordable(verify.natural_steps if program.natural else verify.program_steps)
    if verify.native and len(terms) < verify.min_compared:
        more = await affordable(verify.native_steps)
        if len(more) > len(terms):
            return Reach(more, native=True)
    return Reach(terms)


async def python_says(
    fitted: Fitted, reach: Reach, *, mining: Mining, deadline: Deadline
) -> Confirmed | Contradicted | CannotEvaluate:
    """Whether Python gives what the rule gives at the indices that Lean would compare."""
    first = fitted.traced.sequence.first_index
    told = {first + n: term.value for n, term in enumerate(reach.terms) if term.value is not None}
    return await mining.confirm(fitted.found, told, deadline=deadline)
