"""The supervision of the model's server, with a stand-in that dies, hangs and babbles on demand."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import ClientConfig, EngineConfig, LlmConfig, SupervisionConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm import server
from aimo_pipeline.llm.completer import Completer, Completion, CompletionRequest, Message, NoCompletion
from aimo_pipeline.llm.live import open_live
from aimo_pipeline.observe.journal import Journal, read_journal
from tests.conftest import Processes

CLOCK = MonotonicClock()
FAKE = Path(__file__).with_name("fake_vllm.py")
ASKED = CompletionRequest(Problem("p", "x"), "trace", 0, 0, (Message("user", "x"),))
WATCHING = SupervisionConfig(
    start_s=20.0, start_silence_s=1.0, short_life_s=5.0, empty_replies=3, restart_least_s=20.0,
    poll_s=0.1, health_s=0.5, health_misses=2, stall_s=2.0,
    sample_s=0.3, canary_s=5.0, backoff_s=0.05, failed_starts=3, grace_s=0.5, warm_threads=1,
)  # fmt: skip


class Stage:
    """A supervised stand-in, what happened to it, and its processes."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.folder, self.processes = folder, processes
        self.journal, self.name = folder / "journal.jsonl", f"fake-{os.getpid()}-{folder.name}"
        # The stand-in for vLLM's interpreter; it is given vLLM's arguments.
        self.python = folder / "python"
        self.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
        self.python.chmod(0o755)
        (folder / "config.json").write_text("{}")
        header = b'{"w": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}'
        (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"w")

    def config(self, *lives: str, watching: SupervisionConfig = WATCHING, **settings: Any) -> LlmConfig:
        (self.folder / "script.json").write_text(json.dumps(lives))
        engine = EngineConfig(self.folder, python=self.python, served_name=self.name, device="cpu")
        engine = replace(engine, **settings)
        return LlmConfig(engine=engine, supervision=watching, client=ClientConfig(retry_s=0.05))

    def play(
        self,
        *lives: str,
        work: Callable[[Completer], Awaitable[Any]],
        watching: SupervisionConfig = WATCHING,
        **settings: Any,
    ) -> Any:
        async def run() -> Any:
            config = self.config(*lives, watching=watching, **settings)
            with Journal.open(self.journal, CLOCK) as journal:
                async with open_live(config, journal=journal, clock=CLOCK) as completer:
                    return await work(completer)

        return asyncio.run(run())

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in read_journal(self.journal) if event["type"] == kind]

    def alive(self) -> list[int]:
        return self.processes.with_marker(self.name)


@pytest.fixture
def stage(tmp_path: Path, processes: Processes) -> Stage:
    return Stage(tmp_path, processes)


async def ask(completer: Completer, within_s: float = 30.0) -> Any:
    return await completer.complete(ASKED, deadline=Deadline.after(within_s, CLOCK))


class TestStart:
    """The server starts in the background; requests wait for it, and it speaks before it is given any."""

    def test_the_first_request_waits_until_it_is_ready(self, stage: Stage) -> None:
        said = stage.play("good", work=ask)
        assert isinstance(said, Completion) and said.text == "12"
        kinds = [event["type"] for event in read_journal(stage.journal)]
        assert kinds.index("ServerStarted") < kinds.index("CanaryAnswered") < kinds.index("ServerReady")
        assert stage.of("CanaryAnswered")[0]["verdict"] == "right"

    def test_a_request_whose_deadline_comes_first_says_so(self, stage: Stage) -> None:
        async def work(completer: Completer) -> Any:
            return await ask(completer, within_s=0.2)

        said = stage.play("late", work=work)
        assert isinstance(said, NoCompletion) and "not ready in time" in said.detail

    @pytest.mark.parametrize(
        ("life", "told"), [("mute", "empty"), ("noise", "noise"), ("exit", "no GPU here")]
    )
    def test_a_server_that_babbles_or_ends_is_not_given_problems(
        self, stage: Stage, life: str, told: str
    ) -> None:
        said = stage.play(life, "good", work=ask)
        assert isinstance(said, Completion)
        assert [event["life"] for event in stage.of("ServerReady")] == [2]
        assert told in stage.of("ServerDied")[0]["tail"]

    def test_one_that_never_becomes_ready_is_tried_again_after_its_time(self, stage: Stage) -> None:
        watching = replace(WATCHING, start_s=3.0)
        assert isinstance(stage.play("late", "good", work=ask, watching=watching), Completion)
        assert "not ready after" in stage.of("ServerDied")[0]["tail"]

    def test_it_is_given_up_after_so_many_bad_starts_and_requests_hear_why(self, stage: Stage) -> None:
        said = stage.play("exit", work=ask)
        assert isinstance(said, NoCompletion) and said.cause == "engine_died"
        assert "no GPU here" in said.detail
        assert len(stage.of("ServerStarted")) == 3 and len(stage.of("ServerGivenUp")) == 1

    def test_a_missing_interpreter_is_no_crash(self, stage: Stage) -> None:
        stage.python.unlink()
        said = stage.play("good", work=ask)
        assert isinstance(said, NoCompletion) and "No such file" in said.detail


class TestAWayOn:
    """Each known trouble of a start is told by its name, and followed by a start that may do better."""

    def changes(self, stage: Stage) -> list[str]:
        return [event["change"] for event in stage.of("ServerRestarting")]

    def test_a_gpu_that_others_use_is_taken_less_of(self, stage: Stage) -> None:
        said = stage.play("crowded", work=ask, device="cuda", gpu_memory_utilization=0.96)
        assert isinstance(said, Completion)
        [died] = stage.of("ServerDied")
        assert died["cause"] == "memory" and "Free memory on device" in died["tail"]
        assert self.changes(stage) == ["gpu_memory_utilization 0.9"]

    def test_a_start_that_goes_on_writing_is_waited_for_beyond_its_time(self, stage: Stage) -> None:
        said = stage.play("slow", work=ask, watching=replace(WATCHING, start_s=0.3))
        assert isinstance(said, Completion)
        assert len(stage.of("ServerStarted")) == 1 and stage.of("ServerReady")[0]["seconds"] > 1.0

    @pytest.mark.parametrize(("life", "after"), [("babbler", "good"), ("eagle", "eagle")])
    def test_a_server_whose_replies_become_empty_is_replaced(
        self, stage: Stage, life: str, after: str
    ) -> None:
        async def work(completer: Completer) -> Any:
            for _ in range(WATCHING.empty_replies):
                last = await ask(completer)
                assert isinstance(last, NoCompletion) and last.cause == "empty"
            while not isinstance(last, Completion):
                last = await ask(completer)
            return last

        assert isinstance(stage.play(life, after, work=work, speculative={"method": "eagle3"}), Completion)
        assert stage.of("ServerDied")[0]["cause"] == "empty"
        assert self.changes(stage) == ["no speculative decoding"]

    def test_a_port_that_is_taken_costs_one_start(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1]])
        free = server._free_port
        monkeypatch.setattr(server, "_free_port", lambda: next(ports, None) or free())
        with taken:
            assert isinstance(stage.play("good", work=ask), Completion)
        assert [event["cause"] for event in stage.of("ServerDied")] == ["port"]

    def test_a_model_that_is_missing_is_said_at_once_and_found_when_it_comes(self, stage: Stage) -> None:
        weights = stage.folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1])

        async def work(completer: Completer) -> Any:
            missing = await ask(completer)
            assert isinstance(missing, NoCompletion) and "is cut" in missing.detail
            weights.write_bytes(whole)
            return await ask(completer)

        assert isinstance(stage.play("good", work=work), Completion)
        assert stage.of("ServerDied")[0]["cause"] == "model" and len(stage.of("ServerGivenUp")) == 1

    def test_a_request_after_many_bad_starts_waits_for_one_more_which_may_be_good(self, stage: Stage) -> None:
        watching = replace(WATCHING, failed_starts=1)

        async def work(completer: Completer) -> Any:
            assert isinstance(await ask(completer), NoCompletion)
            return await ask(completer)

        watching = replace(watching, backoff_most_s=0.1)
        assert isinstance(stage.play("exit", "good", work=work, watching=watching), Completion)


class TestWatch:
    """Death and stall are found, the server is started anew, and the request in flight is done again."""

    def test_a_killed_server_comes_back_and_the_request_is_answered(self, stage: Stage) -> None:
        async def work(completer: Completer) -> Any:
            await ask(completer)
            for pid in stage.alive():
                os.kill(pid, signal.SIGKILL)
            return await ask(completer)

        assert isinstance(stage.play("good", work=work), Completion)
        assert stage.of("ServerDied")[0]["status"] == -signal.SIGKILL
        assert [event["life"] for event in stage.of("ServerReady")] == [1, 2]

    def test_a_stopped_server_is_killed_and_replaced(self, stage: Stage) -> None:
        async def work(completer: Completer) -> Any:
            await ask(completer)
            for pid in stage.alive():
                os.kill(pid, signal.SIGSTOP)
            return await ask(completer)

        assert isinstance(stage.play("good", work=work), Completion)
        assert stage.of("ServerStalled")[0]["reason"] == "it does not answer"

    @pytest.mark.parametrize(("life", "told"), [("silent", "no token for"), ("sick", "does not answer")])
    def test_one_that_hangs_in_the_middle_is_replaced_and_the_request_done_again(
        self, stage: Stage, life: str, told: str
    ) -> None:
        assert isinstance(stage.play(life, "good", work=ask), Completion)
        assert told in stage.of("ServerStalled")[0]["reason"]
        assert stage.of("ServerDied")[0]["under_way"] == 1
        assert stage.of("CompletionRetried")

    def test_its_figures_are_in_the_journal(self, stage: Stage) -> None:
        async def work(completer: Completer) -> None:
            await ask(completer)
            for _ in range(200):
                if stage.of("ServerSampled"):
                    return
                await asyncio.sleep(0.05)

        stage.play("good", work=work)
        assert stage.of("ServerSampled")[0]["running"] == 1


class TestNothingIsLeft:
    """The server goes with the block, with a cancelled block, and with a parent that is killed outright."""

    def test_after_the_block(self, stage: Stage) -> None:
        stage.play("good", work=ask)
        assert stage.processes.gone(stage.name)

    def test_after_a_cancel_while_it_starts(self, stage: Stage) -> None:
        async def run() -> None:
            task = asyncio.ensure_future(self._forever(stage))
            await asyncio.sleep(1.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(run())
        assert stage.processes.gone(stage.name)

    @staticmethod
    async def _forever(stage: Stage) -> None:
        with Journal.open(stage.journal, CLOCK) as journal:
            async with open_live(stage.config("late"), journal=journal, clock=CLOCK):
                await asyncio.Event().wait()

    @pytest.mark.parametrize("stopped", [False, True])
    def test_after_the_parent_was_killed_even_with_a_server_that_is_stopped(
        self, stage: Stage, stopped: bool
    ) -> None:
        stage.config("good")
        script = textwrap.dedent(
            f"""
            import asyncio
            from pathlib import Path
            from tests.conftest import Processes
            from tests.llm.test_server import CLOCK, Stage, ask, open_live, Journal
            stage = Stage(Path({str(stage.folder)!r}), Processes())
            stage.name = {stage.name!r}
            async def run():
                with Journal.open(stage.journal, CLOCK) as journal:
                    async with open_live(stage.config("good"), journal=journal, clock=CLOCK) as completer:
                        await ask(completer)
                        await asyncio.Event().wait()
            asyncio.run(run())
            """
        )
        root = Path(__file__).parents[2]
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=root)
        try:
            assert stage.processes.until(
                lambda: stage.journal.exists() and bool(stage.of("ServerReady")), 40.0
            )
            servers = stage.alive()
            assert len(servers) >= 3  # keeper, server, the server's own child
            if stopped:
                for pid in servers[1:]:
                    if b"keeper" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(pid, signal.SIGSTOP)
        finally:
            parent.kill()
            parent.wait()
        assert stage.processes.gone(stage.name)
