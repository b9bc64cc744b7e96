"""The boot canary: what works on this machine is known, and said, before the first problem counts.

serve() is up meanwhile. The first prediction waits for the solver without a deadline of its own, so here is
where a model may load: a problem's grant begins when its model has spoken. What is missing degrades the plan
instead of ending it, and is said loudly, in the log and in the journal.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aimo_pipeline import pipeline
from aimo_pipeline.config import Config, LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.observe.events import BootChecked
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import available_memory_bytes, run_process

LOG = logging.getLogger("aimo_pipeline")

_LOOK_S = 0.1
_QUERY = ("--query-gpu=name,memory.total", "--format=csv,noheader")
_GPU_S = 30.0
_LOW_DISK_BYTES, _LOW_MEMORY_BYTES = 2 << 30, 4 << 30
_SHORT_CHARACTERS = 200


@dataclass
class Heard:
    """What the journal told so far; "waiting" until then.

    Attributes:
        model, sandbox, lean: as in BootChecked.
        reasons: part to why it is missing.
        tokens_per_s: of the model's canary.
    """

    model: str
    sandbox: str
    lean: str
    tokens_per_s: float | None = None
    reasons: dict[str, str] = field(default_factory=dict)

    def listen(self, record: Mapping[str, Any]) -> None:
        """Take one record of the journal; unknown kinds are passed over."""
        match record["type"]:
            case "SandboxReady":
                self.sandbox = "ready"
            case "SandboxMissing":
                self._missing("sandbox", record["reason"])
            case "EngineReady":
                self.lean = "ready"
            case "EngineMissing":
                self._missing("lean", record["reason"])
            case "ServerReady":
                self.model = "ready"
            case "CanaryAnswered":
                self.tokens_per_s = record["tokens_per_s"]
                if record["verdict"] != "right":
                    self.reasons["canary"] = record["verdict"]
            case "ServerGivenUp":
                self._missing("model", record["reason"])

    def _missing(self, part: str, reason: str) -> None:
        setattr(self, part, "missing")
        self.reasons[part] = reason[:_SHORT_CHARACTERS]


def expected(config: Config) -> Heard:
    """What a run with these settings has to wait for."""
    model = "waiting" if config.llm.engine is not None else "none"
    lean = "none" if config.verify.engine == "off" else "waiting"
    return Heard(model=model, sandbox="waiting", lean=lean)


@asynccontextmanager
async def open_checked_solver(
    config: Config, *, journal: Journal, clock: Clock
) -> AsyncIterator[pipeline.Solver]:
    """pipeline.open_solver, held back until model and Lean are ready or cannot be waited for any longer.

    Where programs cannot be confined, problems are answered by text alone.

    Raises:
        UserError: the recordings cannot be read.
    """
    began_s, heard = clock.now_s(), expected(config)
    journal.listen(heard.listen)
    degrading = dataclasses.replace(config, sandbox=dataclasses.replace(config.sandbox, text_only=True))
    async with pipeline.open_solver(degrading, journal=journal, clock=clock) as solver:
        gpus = await find_gpus(os.environ, clock)
        await settled(heard, config, clock)
        checked = summary(heard, config, gpus, clock.now_s() - began_s)
        journal.write(checked)
        journal.unlisten(heard.listen)
        tell(checked)
        yield solver


async def settled(heard: Heard, config: Config, clock: Clock) -> None:
    """Wait for the model, then, a little, for Lean, which problems can begin without."""
    limit = Deadline.after(config.gateway.model_ready_s, clock)
    while heard.model == "waiting" and not limit.passed:
        await clock.sleep(_LOOK_S)
    limit = Deadline.after(config.gateway.lean_ready_s, clock)
    while heard.lean == "waiting" and not limit.passed:
        await clock.sleep(_LOOK_S)


async def find_gpus(environ: Mapping[str, str], clock: Clock) -> tuple[str, ...]:
    """Name and memory of each GPU that the driver knows.

    Source: `nvidia-smi --help-query-gpu`. Not covered: GPUs of other makers.
    """
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return ()
    limits = LimitsConfig(0, 0, 1 << 16, 0, 0, 0, 0)
    deadline = Deadline.after(_GPU_S, clock)
    outcome = await run_process([program, *_QUERY], stdin=b"", limits=limits, deadline=deadline, env=environ)
    if not isinstance(outcome, Exited) or outcome.status != 0:
        return ()
    lines = outcome.stdout.decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def summary(heard: Heard, config: Config, gpus: tuple[str, ...], seconds: float) -> BootChecked:
    """What the machine has, and what follows from what it has not."""
    disk_bytes = shutil.disk_usage(config.gateway.output_dir).free
    memory_bytes = available_memory_bytes()
    missing = [*_machine(config, gpus, memory_bytes, disk_bytes), *_parts(heard, config)]
    return BootChecked(
        gpus=gpus,
        memory_bytes=memory_bytes,
        disk_bytes=disk_bytes,
        model=heard.model,
        tokens_per_s=heard.tokens_per_s,
        sandbox=heard.sandbox,
        lean=heard.lean,
        missing=tuple(missing),
        seconds=round(seconds, 1),
    )


def _machine(config: Config, gpus: tuple[str, ...], memory_bytes: int, disk_bytes: int) -> list[str]:
    wanted, found = config.gateway.expect_gpu, []
    if not gpus and (wanted or (config.llm.engine is not None and config.llm.engine.device == "cuda")):
        found.append("NO GPU: the model will not run")
    elif wanted and not all(wanted.lower() in gpu.lower() for gpu in gpus):
        found.append(f"ANOTHER GPU THAN PLANNED: {', '.join(gpus)} instead of {wanted}")
    if memory_bytes and memory_bytes < _LOW_MEMORY_BYTES:
        found.append(f"LITTLE MEMORY: {memory_bytes >> 20} MB are free")
    if disk_bytes < _LOW_DISK_BYTES:
        found.append(f"LITTLE DISK: {disk_bytes >> 20} MB are free")
    return found


def _parts(heard: Heard, config: Config) -> list[str]:
    found = []
    if heard.model in ("missing", "waiting"):
        why = heard.reasons.get("model", f"not ready after {config.gateway.model_ready_s:.0f} s")
        found.append(f"NO MODEL: {why}; answers will be guesses until it is there")
    elif heard.model == "none" and config.llm.client.base_url is None and not config.llm.recordings:
        found.append("NO MODEL: none is configured; answers will be guesses")
    if "canary" in heard.reasons:
        found.append(f"THE MODEL'S CANARY WAS {heard.reasons['canary'].upper()}")
    if heard.sandbox == "missing":
        found.append(f"NO SANDBOX: {heard.reasons['sandbox']}; no program runs, answers come from text alone")
    if heard.lean == "missing":
        found.append(f"NO LEAN: {heard.reasons['lean']}; evidence stops at Agreed")
    elif heard.lean == "waiting":
        late_s = config.gateway.lean_ready_s
        found.append(f"LEAN IS LATE: not ready after {late_s:.0f} s; evidence may stop at Agreed")
    return found


def tell(checked: BootChecked) -> None:
    """One line of what there is, and one, loud, for each thing that there is not."""
    speed = "" if checked.tokens_per_s is None else f" at {checked.tokens_per_s:.0f} tokens/s"
    LOG.info(
        "boot after %.1f s: GPU %s · memory %.1f GB · disk %.1f GB · model %s%s · sandbox %s · Lean %s",
        checked.seconds,
        ", ".join(checked.gpus) or "none",
        checked.memory_bytes / 1e9,
        checked.disk_bytes / 1e9,
        checked.model,
        speed,
        checked.sandbox,
        checked.lean,
    )
    for sentence in checked.missing:
        LOG.warning("!!! %s", sentence)
