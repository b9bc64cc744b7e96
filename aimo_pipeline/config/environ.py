"""What the environment may override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from aimo_pipeline.config.budget import BudgetConfig
from aimo_pipeline.config.gateway import GatewayConfig
from aimo_pipeline.config.llm import Format, LlmConfig
from aimo_pipeline.config.llm_presets import from_preset
from aimo_pipeline.config.observe import DASHBOARDS, ObserveConfig, secrets_of
from aimo_pipeline.config.sandbox import SandboxConfig
from aimo_pipeline.config.tree import Config
from aimo_pipeline.config.verify import VerifyConfig
from aimo_pipeline.errors import UserError


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "").strip()
    return Path(value) if value else None


def _paths(environ: Mapping[str, str], name: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in environ.get(name, "").split(":") if part)


def _known(name: str, word: str, words: tuple[str, ...]) -> str:
    """What a variable says, if it is one of its words."""
    if word not in words:
        raise UserError(f"{name} is {word!r}; it may be {', '.join(words[:-1])} or {words[-1]}")
    return word


def _integer(environ: Mapping[str, str], name: str) -> int | None:
    value = environ.get(name, "").strip()
    try:
        return int(value) if value else None
    except ValueError:
        raise UserError(f"{name} is {value!r}; it must be an integer") from None


def _llm(environ: Mapping[str, str]) -> LlmConfig:
    model = _path(environ, "AIMO_MODEL")
    llm = LlmConfig()
    if model is not None:
        preset = environ.get("AIMO_MODEL_PRESET", "").strip()
        llm = from_preset(preset, model, python=_path(environ, "AIMO_VLLM_PYTHON"), environ=environ)
    said = environ.get("AIMO_LLM_FORMAT", "").strip() or llm.client.format
    form = _known("AIMO_LLM_FORMAT", said, get_args(Format))
    client = replace(
        llm.client,
        base_url=environ.get("AIMO_LLM_BASE_URL", "").strip() or None,
        model=environ.get("AIMO_LLM_MODEL", "").strip() or None,
        api_key=environ.get("AIMO_LLM_API_KEY", "").strip() or llm.client.api_key,
        format=cast(Format, form),
        vocabulary=_path(environ, "AIMO_HARMONY_VOCABULARY"),
    )
    return replace(llm, recordings=_paths(environ, "AIMO_COMPLETIONS"), client=client)


def config_from_environ(environ: Mapping[str, str]) -> Config:
    """Read the settings that the environment may override.

    Args:
        environ: normally os.environ. AIMO_COMPLETIONS (files or folders, colon-separated), AIMO_LEAN
            (auto, official, wasm, off), AIMO_LEAN_NATIVE (0; 1: let Lean compile the programs that are too
            slow for its kernel), AIMO_LEAN_TOOLCHAIN, AIMO_LEAN_WASM, AIMO_NODE, AIMO_KAGGLE_EVALUATION,
            AIMO_PROBLEMS, AIMO_OUTPUT, AIMO_SHUFFLE_SEED, AIMO_SANDBOX (strict, lenient), AIMO_DASHBOARD
            (auto, live, lines, off), AIMO_METRICS_PORT, AIMO_ENGINE_METRICS (an address),
            AIMO_KAGGLE_ROOT (stands in for /kaggle), AIMO_EXPECT_GPU, AIMO_TOTAL_S,
            AIMO_EARLIER_RUNS (journals or folders, colon-separated), KAGGLE_IS_COMPETITION_RERUN;
            AIMO_MODEL (a model's folder) with AIMO_MODEL_PRESET and, if vLLM is in another environment,
            AIMO_VLLM_PYTHON; or AIMO_LLM_BASE_URL with AIMO_LLM_MODEL, AIMO_LLM_API_KEY and AIMO_LLM_FORMAT
            (chat, harmony); AIMO_HARMONY_VOCABULARY (a folder).

    Raises:
        UserError: AIMO_LEAN, AIMO_LEAN_NATIVE, AIMO_SANDBOX or AIMO_DASHBOARD is none of its words,
            AIMO_SHUFFLE_SEED no integer, AIMO_METRICS_PORT no port, AIMO_MODEL_PRESET no preset, or
            AIMO_LLM_FORMAT no format.
    """
    engine = _known("AIMO_LEAN", environ.get("AIMO_LEAN", "auto"), ("auto", "official", "wasm", "off"))
    native = _known("AIMO_LEAN_NATIVE", environ.get("AIMO_LEAN_NATIVE") or "0", ("0", "1"))
    sandbox = _known("AIMO_SANDBOX", environ.get("AIMO_SANDBOX", "strict"), ("strict", "lenient"))
    dashboard = _known("AIMO_DASHBOARD", environ.get("AIMO_DASHBOARD") or "off", DASHBOARDS)
    port = _integer(environ, "AIMO_METRICS_PORT")
    if port is not None and not 0 <= port < 1 << 16:
        raise UserError(f"AIMO_METRICS_PORT is {port}; it must be 0 (any free one) to 65535")
    total_s = _integer(environ, "AIMO_TOTAL_S")
    return Config(
        budget=BudgetConfig() if total_s is None else BudgetConfig(total_s=float(total_s)),
        observe=ObserveConfig(
            dashboard=dashboard,
            metrics_port=port,
            engine_metrics=environ.get("AIMO_ENGINE_METRICS", "").strip() or None,
            secrets=secrets_of(environ),
        ),
        sandbox=SandboxConfig(allow_missing=sandbox == "lenient"),
        llm=_llm(environ),
        verify=VerifyConfig(
            engine=engine,
            toolchain=_path(environ, "AIMO_LEAN_TOOLCHAIN"),
            wasm_home=_path(environ, "AIMO_LEAN_WASM"),
            node=_path(environ, "AIMO_NODE"),
            native=native == "1",
        ),
        gateway=GatewayConfig(
            evaluation_root=_path(environ, "AIMO_KAGGLE_EVALUATION"),
            competition_rerun=bool(environ.get("KAGGLE_IS_COMPETITION_RERUN")),
            problems_csv=_path(environ, "AIMO_PROBLEMS"),
            output_dir=_path(environ, "AIMO_OUTPUT") or Path.cwd(),
            earlier_runs=_paths(environ, "AIMO_EARLIER_RUNS"),
            kaggle_input=(_path(environ, "AIMO_KAGGLE_ROOT") or Path("/kaggle")) / "input",
            expect_gpu=environ.get("AIMO_EXPECT_GPU", "").strip(),
            shuffle_seed=_integer(environ, "AIMO_SHUFFLE_SEED"),
        ),
    )
