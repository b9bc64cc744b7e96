"""What a machine has of what a live model needs, for people who look before a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from aimo_pipeline.config import LlmConfig
from aimo_pipeline.llm.folder import unfit
from aimo_pipeline.llm.pagecache import weight_files

_GPUS = Path("/proc/driver/nvidia/gpus")


def inventory(config: LlmConfig) -> Iterator[tuple[str, str]]:
    """Names and what was found of them, each in one line.

    Args:
        config: names the model, the interpreter with vLLM, the vocabulary, or a server's address.
    """
    yield "completions", _source(config)
    yield "model", _model(config)
    yield "vLLM", _vllm(config)
    yield "vocabulary", _vocabulary(config)
    yield "GPU", ", ".join(_gpus()) or "none"


def _source(config: LlmConfig) -> str:
    if config.engine is not None:
        return f"a vLLM of our own, {config.client.format} format"
    if config.client.base_url is not None:
        return f"{config.client.base_url}, {config.client.format} format"
    return (
        "recordings" if config.recordings else "none: set AIMO_MODEL, AIMO_LLM_BASE_URL or AIMO_COMPLETIONS"
    )


def _model(config: LlmConfig) -> str:
    if config.engine is None:
        return "none (AIMO_MODEL names a folder, AIMO_MODEL_PRESET how it is served)"
    folder = config.engine.model
    try:
        told = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return f"{folder} holds no model: its config.json cannot be read"
    if (wrong := unfit(folder)) is not None:
        return wrong
    size = sum(file.stat().st_size for file in weight_files(folder))
    return f"{told.get('model_type', 'unknown type')}, {size / 1e9:.2f} GB of weights"


def _vllm(config: LlmConfig) -> str:
    """Its version, without importing it, which takes ten seconds."""
    python = config.engine.python if config.engine is not None and config.engine.python is not None else None
    if python is not None and not python.exists():
        return f"none: there is no {python}"
    home = (python or Path(sys.executable)).parent.parent
    folders = [str(path) for path in home.glob("lib/python*/site-packages")]
    found = [one.version for one in metadata.distributions(name="vllm", path=folders)]
    return found[0] if found else "none here (`build_submission.py model` makes one for the CPU)"


def _vocabulary(config: LlmConfig) -> str:
    folder = config.client.vocabulary
    if folder is None:
        return "none (gpt-oss needs it: AIMO_HARMONY_VOCABULARY; `build_submission.py model` fetches it)"
    there = (folder / "o200k_base.tiktoken").is_file()
    return "o200k_base" if there else f"none: {folder} holds no o200k_base.tiktoken"


def _gpus() -> Iterator[str]:
    """Names of NVIDIA GPUs as their driver tells them."""
    for told in sorted(_GPUS.glob("*/information")):
        for line in told.read_text(errors="replace").splitlines():
            if line.startswith("Model:"):
                yield line.partition(":")[2].strip()
