"""How much to try on a problem: less as its time shrinks, and where its subject promises most."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from aimo_pipeline.config import Config, Effort, EffortConfig
from aimo_pipeline.domain import Route, Subject


def effort_for(seconds_left: float, route: Route, config: EffortConfig) -> Effort:
    """The preset for a problem.

    Args:
        seconds_left: until its deadline; ask again when much of it is gone, to degrade in steps: fewer
            samples, a smaller range for Lean, no Lean, a best guess.
        route: its subject and whether small cases are worth computing.
        config: the presets.

    Returns:
        The preset that the time allows, changed by subject: combinatorics and number theory trace longer,
        geometry and what is not traceable goes straight to reasoning, algebra traces little and reasons
        beside it, as does what looks hard.
    """
    chosen = config.presets[-1][1]
    for needed_s, preset in config.presets:
        if seconds_left >= needed_s:
            chosen = preset
            break
    return _for_subject(chosen, route, config)


def _for_subject(effort: Effort, route: Route, config: EffortConfig) -> Effort:
    if not route.traceable:
        return replace(effort, trace_samples=0)
    if route.tier >= config.hard_tier:
        effort = replace(effort, alongside=True)
    match route.subject:
        case Subject.COMBINATORICS | Subject.NUMBER_THEORY:
            return replace(effort, trace_wall_s=config.long_trace_factor * effort.trace_wall_s)
        case Subject.GEOMETRY:
            return replace(effort, trace_samples=0)
        case Subject.ALGEBRA:
            samples = min(effort.trace_samples, config.quick_trace_samples)
            return replace(effort, trace_samples=samples, alongside=True)
        case Subject.OTHER:
            return effort
    assert_never(route.subject)


def within(effort: Effort, config: Config) -> Effort:
    """An effort that asks for no more than the stages' own settings allow."""
    return replace(
        effort,
        trace_samples=min(effort.trace_samples, config.trace.samples),
        attempts=min(effort.attempts, config.tir.attempts),
        turns=min(effort.turns, config.tir.turns),
        lean_compared=min(effort.lean_compared, config.verify.max_compared),
        all_n=effort.all_n and config.verify.all_n,
    )


def applied(config: Config, effort: Effort) -> Config:
    """The stages' settings under an effort."""
    verify = (
        replace(config.verify, max_compared=effort.lean_compared, all_n=effort.all_n)
        if effort.lean_compared
        else replace(config.verify, engine="off")
    )
    return replace(
        config,
        trace=replace(
            config.trace,
            samples=effort.trace_samples,
            wall_s=effort.trace_wall_s,
            reasoning=effort.reasoning,
        ),
        tir=replace(config.tir, attempts=effort.attempts, turns=effort.turns, reasoning=effort.reasoning),
        verify=verify,
    )
