"""A budget small enough that its value tables take milliseconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimo_pipeline.budget.hazard import Worlds, build_worlds
from aimo_pipeline.config import BudgetConfig


@pytest.fixture(scope="session")
def small_config() -> BudgetConfig:
    """Eight problems in forty minutes."""
    config = BudgetConfig(total_s=2_400.0, reserve_s=60.0, problems=8, horizon_s=900.0)
    return replace(config, hazard=replace(config.hazard, spread_worlds=4))


@pytest.fixture(scope="session")
def small_worlds(small_config: BudgetConfig) -> Worlds:
    return build_worlds(small_config)
