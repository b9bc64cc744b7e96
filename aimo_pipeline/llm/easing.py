"""What is changed about a server's settings after a start that came to nothing: the next one asks for less.

A server with a smaller context or without speculative decoding is slower; one that does not start answers no
problem at all. Pure functions of the settings, each change said in words for the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from aimo_pipeline.config import EngineConfig
from aimo_pipeline.llm.trouble import Trouble

_LESS_MEMORY = 0.06
_LEAST_MEMORY = 0.60
_USUAL_MEMORY = 0.90
_LEAST_CONTEXT = 4_096
_LEAST_SEQS = 8
# Nothing is known to be wrong with these settings: they are tried again as they are, so many times.
_AS_IT_IS = 1


@dataclass(frozen=True)
class Eased:
    """Other settings, and what is different about them; "" where nothing is."""

    engine: EngineConfig
    change: str


def eased(engine: EngineConfig, trouble: Trouble, *, failed: int) -> Eased:
    """Settings for the next start.

    Args:
        engine: those of the last one.
        trouble: what became of it.
        failed: starts in a row that came to nothing, the last one included.

    Returns:
        The same settings where no others would help, or where it may have been bad luck the first time.
    """
    match trouble.cause:
        case "port" | "late" | "model":
            return Eased(engine, "")
        case "memory":
            options = _for_memory(engine, trouble)
        case "context":
            options = _for_context(engine, trouble)
        case "arguments":
            options = chain(_without(engine, trouble), _plainer(engine))
        case "empty" | "noise":
            options = _plainer(engine)
        case "wrong" | "hung" | "died":
            options = _plainer(engine) if failed > _AS_IT_IS else iter(())
    return next(options, Eased(engine, ""))


def _for_memory(engine: EngineConfig, trouble: Trouble) -> Iterator[Eased]:
    """Where others hold memory, a smaller share; where the share is too small, what takes less of it."""
    share = engine.gpu_memory_utilization or _USUAL_MEMORY
    least = round(share - _LESS_MEMORY, 2)
    if engine.device != "cpu" and "No available memory" not in trouble.detail and least >= _LEAST_MEMORY:
        yield Eased(replace(engine, gpu_memory_utilization=least), f"gpu_memory_utilization {least}")
    if engine.device == "cpu" and engine.cpu_kv_gib > 1:
        gib = engine.cpu_kv_gib // 2
        yield Eased(replace(engine, cpu_kv_gib=gib), f"{gib} GiB for the KV cache")
    if not engine.enforce_eager:
        yield Eased(replace(engine, enforce_eager=True), "no CUDA graphs")
    if engine.max_num_seqs is not None and engine.max_num_seqs > _LEAST_SEQS:
        seqs = max(_LEAST_SEQS, engine.max_num_seqs // 2)
        yield Eased(replace(engine, max_num_seqs=seqs), f"max_num_seqs {seqs}")
    yield from _for_context(engine, trouble)


def _for_context(engine: EngineConfig, trouble: Trouble) -> Iterator[Eased]:
    """A context that fits."""
    now = engine.max_model_len
    fits = trouble.context_tokens or (now // 2 if now is not None else None)
    if (
        fits is not None
        and (now is None or fits < now)
        and (trouble.context_tokens or fits >= _LEAST_CONTEXT)
    ):
        yield Eased(replace(engine, max_model_len=fits), f"max_model_len {fits}")


def _without(engine: EngineConfig, trouble: Trouble) -> Iterator[Eased]:
    """The command line without what this vLLM or this model does not take."""
    if trouble.context_tokens is not None:
        yield from _for_context(engine, trouble)
    new = [name for name in trouble.refused if name not in engine.without]
    if new:
        yield Eased(replace(engine, without=(*engine.without, *new)), f"without {' '.join(new)}")


def _plainer(engine: EngineConfig) -> Iterator[Eased]:
    """Without one of the settings that break models most often, the likeliest first."""
    if engine.speculative is not None:
        yield Eased(replace(engine, speculative=None), "no speculative decoding")
    if engine.quantization is not None:
        yield Eased(replace(engine, quantization=None), "quantization as the model's config says")
    if engine.kv_cache_dtype != "auto":
        yield Eased(replace(engine, kv_cache_dtype="auto"), "KV cache in the model's own type")
    if not engine.enforce_eager:
        yield Eased(replace(engine, enforce_eager=True), "no CUDA graphs")
    if engine.prefix_caching:
        yield Eased(replace(engine, prefix_caching=False), "no prefix caching")
