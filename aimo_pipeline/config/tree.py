"""The whole tree of settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.batch import BatchConfig
from aimo_pipeline.config.budget import BudgetConfig, EffortConfig
from aimo_pipeline.config.gateway import GatewayConfig
from aimo_pipeline.config.llm import LlmConfig
from aimo_pipeline.config.mine import MineConfig
from aimo_pipeline.config.observe import ObserveConfig
from aimo_pipeline.config.route import RouteConfig
from aimo_pipeline.config.sandbox import SandboxConfig
from aimo_pipeline.config.stress import StressConfig
from aimo_pipeline.config.tir import TirConfig
from aimo_pipeline.config.trace import TraceConfig
from aimo_pipeline.config.verify import VerifyConfig


@dataclass(frozen=True)
class Config:
    """All settings."""

    budget: BudgetConfig = field(default_factory=BudgetConfig)
    effort: EffortConfig = field(default_factory=EffortConfig)
    llm: LlmConfig = field(default_factory=LlmConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    route: RouteConfig = field(default_factory=RouteConfig)
    trace: TraceConfig = field(default_factory=TraceConfig)
    mine: MineConfig = field(default_factory=MineConfig)
    verify: VerifyConfig = field(default_factory=VerifyConfig)
    tir: TirConfig = field(default_factory=TirConfig)
    gateway: GatewayConfig = field(default_factory=GatewayConfig)
    observe: ObserveConfig = field(default_factory=ObserveConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    stress: StressConfig = field(default_factory=StressConfig)
