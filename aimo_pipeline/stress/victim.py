"""The run that is put under stress, as a process of its own: python -m aimo_pipeline.stress.victim ORDER

The gateway's loop, the pipeline, the sandbox and Lean are the real ones; the budget is compressed, and the
clock can be made to jump.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.budget.signals import TRACES_AT_S
from aimo_pipeline.config import (
    BudgetConfig,
    ClientConfig,
    Config,
    Effort,
    EffortConfig,
    EngineConfig,
    LlmConfig,
    SupervisionConfig,
    VerifyConfig,
    config_from_environ,
)
from aimo_pipeline.deadline import process_began_s
from aimo_pipeline.gateway import server
from aimo_pipeline.stress.clock import JumpingClock
from aimo_pipeline.stress.model import MODEL
from aimo_pipeline.stress.served import INTERPRETER

# The grain of a plan cannot shrink as far as the rest, nor grow with it: minutes need steps of seconds.
_SCALE_PER_STEP, _LEAST_STEPS = 3.0, 6
_HORIZON_S = 600.0
_TRACE_S = 2.0
_CELL_S = 2.5
# A fork server that starts no session for so long hangs; a living one does so within milliseconds.
_LEASE_S = 4.0
# Of the trace program that the kernel follows: a few indices, so that a check is short.
_STEPS = 5_000
_STILL_LOOKS = 15
# The longest pause of a model's stream; longer than the supervisor's, as in earnest, so that it looks first.
_IDLE_S = 6.0
# The supervisor's own waits, all shorter than for a server that loads 65 GB. That it never gives up leaves
# room for lives that begin while the server is told to be silent or empty.
_SUPERVISION = SupervisionConfig(
    start_s=30.0,
    restart_least_s=30.0,
    poll_s=0.25,
    health_s=1.0,
    stall_s=4.0,
    sample_s=5.0,
    canary_s=4.0,
    backoff_s=0.2,
    backoff_most_s=0.5,
    failed_starts=50,
    grace_s=0.5,
)


@dataclass(frozen=True)
class Order:
    """What the run is told, as JSON.

    Attributes:
        problems, output, clock: paths.
        model: folder of the scripted model, see served.py.
        total_s: wall clock of the whole run.
        scale: by how much real time is compressed; work on a problem takes so much less.
        check_s: longest check by Lean.
        live_tokens: 0 for the scripted model; for the environment's own, most tokens of one turn.
    """

    problems: str
    model: str
    output: str
    clock: str
    total_s: float
    scale: float
    check_s: float
    live_tokens: int

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(dataclasses.asdict(self))


def compressed(budget: BudgetConfig, *, total_s: float, scale: float) -> BudgetConfig:
    """The budget of a run that is `scale` times faster, with `total_s` in all."""
    paces = tuple(pace / scale for pace in budget.hazard.time_scales)
    low, high = budget.hazard.spread_medians_s
    step_s = TRACES_AT_S / max(_LEAST_STEPS, round(scale / _SCALE_PER_STEP))
    hazard = dataclasses.replace(
        budget.hazard, time_scales=paces, spread_medians_s=(low / scale, high / scale), recorded=()
    )
    return dataclasses.replace(
        budget,
        total_s=total_s,
        reserve_s=budget.reserve_s / scale,
        base_s=budget.base_s / scale,
        horizon_s=_HORIZON_S,
        ceiling_s=budget.ceiling_s / scale,
        step_s=step_s,
        cell_s=step_s,
        answer_reserve_s=budget.answer_reserve_s / 2.0,
        hazard=hazard,
    )


def config_of(order: Order, found: Config) -> Config:
    """The environment's settings, compressed."""
    config = _compressed(order, found)
    return _live(config, found, order.live_tokens) if order.live_tokens else config


def _live(config: Config, found: Config, tokens: int) -> Config:
    """With the environment's own model in earnest: one sample and one attempt of few tokens, without Lean."""
    effort = Effort("live", 1, _TRACE_S, 2, 2, "low", 0, False, alongside=True)
    return dataclasses.replace(
        config,
        llm=found.llm,
        effort=EffortConfig(presets=((0.0, effort),)),
        trace=dataclasses.replace(config.trace, max_tokens=tokens),
        tir=dataclasses.replace(config.tir, rounds=1, turn_tokens=tokens, harvest_tokens=tokens),
        verify=dataclasses.replace(found.verify, engine="off"),
        gateway=dataclasses.replace(config.gateway, model_ready_s=found.gateway.model_ready_s),
    )


def _compressed(order: Order, found: Config) -> Config:
    gateway = dataclasses.replace(
        found.gateway,
        problems_csv=Path(order.problems),
        output_dir=Path(order.output),
        evaluation_root=None,
        lean_ready_s=found.gateway.lean_ready_s / order.scale,
    )
    return dataclasses.replace(
        found,
        budget=compressed(found.budget, total_s=order.total_s, scale=order.scale),
        effort=_quicker(found.effort, order.scale),
        llm=_scripted(found.llm, Path(order.model)),
        trace=dataclasses.replace(found.trace, wall_s=_TRACE_S, fresh_s=1.0),
        tir=dataclasses.replace(found.tir, cell_s=_CELL_S),
        sandbox=dataclasses.replace(found.sandbox, lease_s=_LEASE_S),
        verify=_quick_to_notice(found.verify, order.check_s),
        gateway=gateway,
    )


def _quicker(effort: EffortConfig, scale: float) -> EffortConfig:
    """The same presets for less time each, with shorter programs and documents."""
    presets = tuple(
        (
            needed_s / scale,
            dataclasses.replace(one, trace_wall_s=min(one.trace_wall_s, _TRACE_S), all_n=False),
        )
        for needed_s, one in effort.presets
    )
    return dataclasses.replace(effort, presets=presets)


def _quick_to_notice(verify: VerifyConfig, check_s: float) -> VerifyConfig:
    """Short checks, and a Lean that hangs is told sooner."""
    pool = dataclasses.replace(verify.pool, still_looks=_STILL_LOOKS)
    return dataclasses.replace(verify, check_s=check_s, program_steps=_STEPS, natural_steps=_STEPS, pool=pool)


def _scripted(llm: LlmConfig, folder: Path) -> LlmConfig:
    """A server of our own, supervised as vLLM would be, that is the scripted one."""
    engine = EngineConfig(folder, python=folder / INTERPRETER, served_name=MODEL, device="cpu")
    return dataclasses.replace(llm, engine=engine, supervision=_SUPERVISION, client=_impatient(llm.client))


def _impatient(client: ClientConfig) -> ClientConfig:
    """Waits are compressed as everything else is."""
    return dataclasses.replace(
        client,
        base_url=None,
        model=None,
        format="chat",
        connect_s=2.0,
        idle_s=_IDLE_S,
        tries=20,
        retry_s=0.2,
        retry_most_s=1.0,
    )


def main(order: Order, *, start_s: float) -> None:
    """Run to the end."""
    clock = JumpingClock(Path(order.clock))
    server.run(config_of(order, config_from_environ(os.environ)), start_s=start_s, clock=clock)


if __name__ == "__main__":
    main(Order(**json.loads(sys.argv[1])), start_s=process_began_s())
