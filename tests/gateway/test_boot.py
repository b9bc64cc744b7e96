from __future__ import annotations

import asyncio
import dataclasses
import logging
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import Config, EngineConfig, GatewayConfig, LlmConfig, SandboxConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline, FakeClock, MonotonicClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.gateway import boot
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import read_journal
from aimo_pipeline.outcome import Crashed
from aimo_pipeline.trace.refusing import RefusingSandbox
from aimo_pipeline.trace.sandbox import Sandbox


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A model of our own is expected, on a GPU, and Lean."""
    return Config(llm=LlmConfig(engine=EngineConfig(tmp_path)), gateway=GatewayConfig(output_dir=tmp_path))


def heard(config: Config, *records: dict[str, Any]) -> boot.Heard:
    found = boot.expected(config)
    for record in records:
        found.listen(record)
    return found


GOOD = (
    {"type": "SandboxReady"},
    {"type": "EngineReady"},
    {"type": "CanaryAnswered", "verdict": "right", "tokens_per_s": 88.4},
    {"type": "ServerReady"},
)
H100 = ("NVIDIA H100 80GB HBM3, 81559 MiB",)


class TestSummary:
    """What there is stands in one line; each thing that is missing says what follows from it."""

    def test_a_whole_machine_misses_nothing(self, config: Config) -> None:
        checked = boot.summary(heard(config, *GOOD), config, H100, 131.26)
        assert checked.missing == ()
        assert (checked.model, checked.sandbox, checked.lean) == ("ready", "ready", "ready")
        assert (checked.tokens_per_s, checked.seconds) == (88.4, 131.3)
        assert checked.memory_bytes > 0 and checked.disk_bytes > 0

    @pytest.mark.parametrize(
        ("record", "sentence"),
        [
            (
                {"type": "EngineMissing", "reason": "no lean on PATH"},
                "NO LEAN: no lean on PATH; evidence stops at Agreed",
            ),
            (
                {"type": "SandboxMissing", "reason": "want of seccomp"},
                "NO SANDBOX: want of seccomp; no program runs, answers come from text alone",
            ),
            (
                {"type": "ServerGivenUp", "reason": "CUDA error"},
                "NO MODEL: CUDA error; answers will be guesses until it is there",
            ),
            (
                {"type": "CanaryAnswered", "verdict": "empty", "tokens_per_s": None},
                "THE MODEL'S CANARY WAS EMPTY",
            ),
        ],
    )
    def test_what_is_missing_is_said(self, config: Config, record: dict[str, Any], sentence: str) -> None:
        assert boot.summary(heard(config, *GOOD, record), config, H100, 1.0).missing == (sentence,)

    def test_no_gpu_and_another_gpu_than_planned(self, config: Config) -> None:
        assert boot.summary(heard(config, *GOOD), config, (), 1.0).missing == (
            "NO GPU: the model will not run",
        )
        planned = dataclasses.replace(config, gateway=dataclasses.replace(config.gateway, expect_gpu="H100"))
        (sentence,) = boot.summary(heard(config, *GOOD), planned, ("Tesla T4, 15360 MiB",), 1.0).missing
        assert sentence == "ANOTHER GPU THAN PLANNED: Tesla T4, 15360 MiB instead of H100"
        assert boot.summary(heard(config, *GOOD), planned, H100, 1.0).missing == ()

    def test_a_run_without_any_model_is_said(self, config: Config) -> None:
        none = dataclasses.replace(config, llm=LlmConfig())
        missing = boot.summary(heard(none, *GOOD[:2]), none, (), 1.0).missing
        assert missing == ("NO MODEL: none is configured; answers will be guesses",)

    def test_each_missing_thing_is_a_loud_line_of_the_log(
        self, config: Config, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, logger="aimo_pipeline")
        boot.tell(boot.summary(heard(config, *GOOD[1:]), config, (), 2.0))
        assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]
        assert "GPU none" in caplog.text and "model ready at 88 tokens/s" in caplog.text
        assert "!!! NO GPU" in caplog.text


class TestSettled:
    """The first problem is held back until the model has spoken, and a little for Lean."""

    def test_waits_for_no_one_who_is_ready_or_not_wanted(self, config: Config) -> None:
        clock = FakeClock()
        asyncio.run(boot.settled(heard(config, *GOOD), config, clock))
        off = dataclasses.replace(config, verify=VerifyConfig(engine="off"), llm=LlmConfig())
        asyncio.run(boot.settled(heard(off), off, clock))
        assert clock.slept_s == []

    def test_goes_on_when_neither_comes(self, config: Config) -> None:
        clock = FakeClock()
        waiting = heard(config, GOOD[0])
        asyncio.run(boot.settled(waiting, config, clock))
        assert sum(clock.slept_s) == pytest.approx(1_740.0, abs=1.0)
        missing = boot.summary(waiting, config, H100, 1.0).missing
        assert [sentence.split(":")[0] for sentence in missing] == ["NO MODEL", "LEAN IS LATE"]


class TestFindGpus:
    """What the driver's own tool says, or nothing."""

    def test_reads_name_and_memory(self, tmp_path: Path) -> None:
        tool = tmp_path / "nvidia-smi"
        tool.write_text('#!/bin/sh\necho "NVIDIA L4, 23034 MiB"\necho "NVIDIA L4, 23034 MiB"\n')
        tool.chmod(0o755)
        environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        found = asyncio.run(boot.find_gpus(environ, MonotonicClock()))
        assert found == ("NVIDIA L4, 23034 MiB",) * 2
        tool.write_text("#!/bin/sh\necho no driver; exit 9\n")
        assert asyncio.run(boot.find_gpus(environ, MonotonicClock())) == ()

    def test_a_machine_without_the_tool_has_none(self, tmp_path: Path) -> None:
        assert asyncio.run(boot.find_gpus({"PATH": str(tmp_path)}, MonotonicClock())) == ()


class TestOpenCheckedSolver:
    """Opening tells the journal what was found; without a sandbox the run goes on by text alone."""

    def records(self, config: Config, tmp_path: Path) -> list[dict[str, Any]]:
        async def work() -> None:
            clock = MonotonicClock()
            with Journal.open(tmp_path / "journal.jsonl", clock) as journal:
                async with boot.open_checked_solver(config, journal=journal, clock=clock) as solver:
                    problem = Problem("a", "What is $1+1$?")
                    await solver.solve(problem, deadline=Deadline.after(20.0, clock))

        asyncio.run(work())
        return [dict(record) for record in read_journal(tmp_path / "journal.jsonl")]

    @pytest.fixture
    def bare(self, tmp_path: Path) -> Config:
        return Config(verify=VerifyConfig(engine="off"), gateway=GatewayConfig(output_dir=tmp_path))

    def test_the_canary_comes_before_the_first_problem(self, bare: Config, tmp_path: Path) -> None:
        kinds = [record["type"] for record in self.records(bare, tmp_path)]
        assert kinds.index("SandboxReady") < kinds.index("BootChecked") < kinds.index("ProblemStarted")

    def test_where_programs_cannot_be_confined_it_is_said_and_the_run_goes_on(
        self, bare: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*_: object, **__: object) -> object:
            raise SandboxUnavailable("programs cannot be confined here, for want of: seccomp")

        monkeypatch.setattr(Sandbox, "opened", refused)
        found = self.records(bare, tmp_path)
        (checked,) = (record for record in found if record["type"] == "BootChecked")
        assert checked["sandbox"] == "missing"
        assert any("NO SANDBOX: programs cannot be confined" in line for line in checked["missing"])
        assert [record["type"] for record in found].count("AnswerGiven") == 1


class TestRefusingSandbox:
    """Every program is refused, with the reason in words that a model understands."""

    def test_refuses_programs_and_cells(self) -> None:
        async def work() -> None:
            clock = MonotonicClock()
            sandbox = RefusingSandbox(SandboxConfig(), clock, "want of seccomp")
            limits, deadline = Config().trace.limits, Deadline.after(5.0, clock)
            assert not hasattr(await sandbox.run("1", deadline=deadline, limits=limits), "value")
            async with sandbox.session(limits=limits) as session:
                outcome = await session.run("1", deadline=deadline)
            assert isinstance(outcome, Crashed)
            assert outcome.message == "no code can be run here (want of seccomp); reason without it"

        asyncio.run(work())
