"""What whoever watches a run should know: a pure function of its state."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.observe.state import RunState


@dataclass(frozen=True)
class Limits:
    """From where on the dashboard warns; see config.ObserveConfig."""

    memory_low_bytes: float
    ttft_slow_s: float
    tokens_slow_per_s: float


def alerts(state: RunState, now_s: float, limits: Limits) -> list[str]:
    """What whoever watches should know, worst first."""
    found = []
    free = state.gauges.get("available_bytes")
    if free is not None and free < limits.memory_low_bytes:
        found.append(f"memory is nearly used up: {free / 2**30:.1f} GiB left")
    if state.gauges.get("lean_workers") == 0 and state.engine == "official":
        found.append("the Lean pool is down: no worker is up")
    if state.server_down:
        found.append("the model's server is down")
    ttft = state.ttft_s()
    if ttft is not None and ttft > limits.ttft_slow_s:
        found.append(f"the model is slow: {ttft:.0f} s to the first token")
    # What ended lately says little of completions that take minutes: only the server's own word counts.
    rate = state.gauges.get("tokens_per_s")
    if rate is not None and rate < limits.tokens_slow_per_s and state.gauges.get("running"):
        found.append(f"the model is slow: {rate:.0f} tokens/s")
    left = state.remaining_s(now_s)
    to_come = state.expected - state.done
    if left is not None and not state.finished and to_come > 0 and left / to_come < 10.0:
        found.append(f"time is nearly used up: {left:.0f} s for {to_come} problems")
    return found + [f"{at_s:.0f} s  {text}" for at_s, text in list(state.faults)[-2:]]
