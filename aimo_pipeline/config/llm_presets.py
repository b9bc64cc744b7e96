"""Named settings for a model on a machine.

Only smollm2-cpu is run by our tests; the other two follow what the leading public notebooks of AIMO 2 and 3
state, and vLLM's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from aimo_pipeline.config.llm import ClientConfig, EngineConfig, LlmConfig, SupervisionConfig
from aimo_pipeline.errors import UserError

# What a server may need to know of a machine. Keys and tokens are not among it.
_KEPT = re.compile(
    r"(PATH|HOME|USER|TMPDIR|LANG|LC_ALL|LD_LIBRARY_PATH|XDG_CACHE_HOME|HF_HOME|CC|CXX)$"
    r"|(CUDA|NVIDIA|NCCL|TORCH|PYTORCH|TORCHINDUCTOR|TRITON|VLLM(?!_API_KEY)|OMP|MKL|FLASHINFER|TIKTOKEN)_"
)

# A request may wait long for room in the KV cache; that our own server hangs is seen by its supervision.
_PATIENT = ClientConfig(idle_s=1_800.0)

Preset = Callable[[Path], LlmConfig]


def gpt_oss_120b_h100(model: Path) -> LlmConfig:
    """gpt-oss-120b, MXFP4 weights, on one H100 with 80 GB.

    The weights take 64 GiB. A token takes 18 KB of the KV cache in fp8 (18 of the 36 layers see the whole
    context, 8 heads of 64 each), so eight attempts of 40,000 tokens want 6 GB: hence the share of the memory.
    Asynchronous scheduling is the default of the vLLM that requirements.txt pins.
    """
    engine = EngineConfig(
        model,
        served_name="gpt-oss-120b",
        kv_cache_dtype="fp8_e4m3",
        max_model_len=65_536,
        max_num_seqs=64,
        gpu_memory_utilization=0.96,
        stream_interval=8,
    )
    return LlmConfig(engine=engine, client=replace(_PATIENT, format="harmony", min_p=0.02))


def awq_14b_l4x4(model: Path) -> LlmConfig:
    """A 14B model quantised with AWQ on four L4 with 24 GB, which have no fast links between them."""
    engine = EngineConfig(
        model,
        served_name="14b-awq",
        dtype="half",
        kv_cache_dtype="fp8_e5m2",
        max_model_len=16_384,
        max_num_seqs=32,
        gpu_memory_utilization=0.95,
        tensor_parallel=4,
        reasoning_parser="deepseek_r1",
        stream_interval=4,
    )
    return LlmConfig(engine=engine, client=_PATIENT)


def smollm2_cpu(model: Path) -> LlmConfig:
    """SmolLM2-135M-Instruct on two cores: every part runs, and little is solved."""
    engine = EngineConfig(
        model,
        served_name="SmolLM2-135M-Instruct",
        device="cpu",
        dtype="float32",  # many CPUs only emulate bfloat16
        max_model_len=2_048,
        max_num_seqs=32,
        enforce_eager=True,
        more=("--distributed-executor-backend", "uni"),  # one process for the engine, not two
    )
    supervision = SupervisionConfig(
        start_s=600.0,
        warm_threads=2,
        health_s=15.0,  # front end and engine share two cores with everything else
        stall_s=60.0,
        sample_s=10.0,
        canary_tokens=24,
        canary_s=120.0,
        canary_strict=False,
        backoff_s=1.0,
        grace_s=3.0,
    )
    return LlmConfig(engine=engine, supervision=supervision, client=_PATIENT)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "gpt-oss-120b-h100": gpt_oss_120b_h100,
        "14b-awq-l4x4": awq_14b_l4x4,
        "smollm2-cpu": smollm2_cpu,
    }
)


def from_preset(name: str, model: Path, *, python: Path | None, environ: Mapping[str, str]) -> LlmConfig:
    """A preset for a model's folder.

    Args:
        name: of the preset.
        model: the folder.
        python: interpreter of vLLM's environment.
        environ: ours; what the server needs of it is kept.

    Raises:
        UserError: there is no such preset.
    """
    if name not in PRESETS:
        raise UserError(f"AIMO_MODEL_PRESET is {name or 'not set'!r}; it may be {', '.join(PRESETS)}")
    llm = PRESETS[name](model)
    assert llm.engine is not None
    kept = {name: value for name, value in environ.items() if _KEPT.match(name)}
    return replace(llm, engine=replace(llm.engine, python=python, environ=kept))
