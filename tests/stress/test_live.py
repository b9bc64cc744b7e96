"""A run whose model's server is the real one: what it is told, without starting any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.config import Config, StressConfig
from aimo_pipeline.config.llm_presets import from_preset
from aimo_pipeline.errors import UserError
from aimo_pipeline.stress.faults import LIVE_FAULTS, named_faults
from aimo_pipeline.stress.running import wall_clock_s
from aimo_pipeline.stress.victim import Order, config_of

FOUND = replace(Config(), llm=from_preset("smollm2-cpu", Path("model"), python=None, environ={}))


def order(live_tokens: int) -> Order:
    return Order("p.csv", "scripted", "out", "clock", 600.0, 1.0, 60.0, live_tokens)


class TestConfigOf:
    """The environment's own model with its own supervision, few tokens, no Lean; else the scripted one."""

    def test_the_model_is_the_environment_s(self) -> None:
        config = config_of(order(48), FOUND)
        assert config.llm == FOUND.llm
        assert (config.trace.max_tokens, config.tir.turn_tokens, config.tir.rounds) == (48, 48, 1)
        assert config.verify.engine == "off"
        assert [one.lean_compared for _, one in config.effort.presets] == [0]
        assert (config.budget.total_s, config.budget.base_s) == (600.0, FOUND.budget.base_s)

    def test_otherwise_it_is_the_scripted_one(self) -> None:
        config = config_of(order(0), FOUND)
        assert config.llm.engine is not None
        assert config.llm.engine.model == Path("scripted")
        assert config.verify.check_s == 60.0


class TestLiveFaults:
    """Only what can be done from outside, to the model's server alone; nothing is compressed."""

    def test_other_faults_are_not_known(self) -> None:
        assert {one.part for one in LIVE_FAULTS} == {"llm"}
        assert named_faults(["llm-hung"], LIVE_FAULTS)[0].keeps is False
        with pytest.raises(UserError, match="no fault is called 'lean-killed'"):
            named_faults(["lean-killed"], LIVE_FAULTS)

    def test_each_problem_has_the_time_of_a_small_model(self) -> None:
        config = StressConfig(live=True, live_cold_s=300.0, live_per_problem_s=150.0)
        assert wall_clock_s(4, config) == 900.0

    def test_without_a_model_the_command_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AIMO_MODEL", raising=False)
        shown = CliRunner().invoke(app, ["stress", "--live", "--problems", "2"])
        assert shown.exit_code != 0
        assert "--live needs a model: AIMO_MODEL" in shown.output
