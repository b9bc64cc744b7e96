"""The frozen tree of settings: read once at an entry point, handed down by slice.

No stage reads the environment or has a setting as a default argument. Units are in the names.
"""

from __future__ import annotations

from aimo_pipeline.config.batch import BatchConfig
from aimo_pipeline.config.budget import (
    BudgetConfig,
    Effort,
    EffortConfig,
    HazardConfig,
    LognormalTier,
    Reasoning,
)
from aimo_pipeline.config.environ import config_from_environ
from aimo_pipeline.config.gateway import GatewayConfig
from aimo_pipeline.config.llm import ClientConfig, EngineConfig, LlmConfig, SupervisionConfig
from aimo_pipeline.config.mine import MineConfig
from aimo_pipeline.config.observe import ObserveConfig, settings_of
from aimo_pipeline.config.override import (
    check_acts,
    parse_settings,
    restored,
    with_settings,
    without_effect,
)
from aimo_pipeline.config.route import RouteConfig
from aimo_pipeline.config.sandbox import LimitsConfig, SandboxConfig
from aimo_pipeline.config.stress import StressConfig
from aimo_pipeline.config.tir import TirConfig
from aimo_pipeline.config.trace import TraceConfig
from aimo_pipeline.config.tree import Config
from aimo_pipeline.config.verify import LeanPoolConfig, VerifyConfig

__all__ = [
    "BatchConfig",
    "BudgetConfig",
    "ClientConfig",
    "Config",
    "Effort",
    "EffortConfig",
    "EngineConfig",
    "GatewayConfig",
    "HazardConfig",
    "LeanPoolConfig",
    "LimitsConfig",
    "LlmConfig",
    "LognormalTier",
    "MineConfig",
    "ObserveConfig",
    "Reasoning",
    "RouteConfig",
    "SandboxConfig",
    "SupervisionConfig",
    "StressConfig",
    "TirConfig",
    "TraceConfig",
    "VerifyConfig",
    "check_acts",
    "config_from_environ",
    "parse_settings",
    "restored",
    "settings_of",
    "with_settings",
    "without_effect",
]
