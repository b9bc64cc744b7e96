"""The dashboard: from a journal to a screen, from inside a run and from outside, and one line a problem."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.deadline import FakeClock, MonotonicClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.alerts import Limits, alerts
from aimo_pipeline.observe.dashboard import line_of, render
from aimo_pipeline.observe.events import ProblemStarted, RunFinished, RunStarted
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.live import Follower, console_on, dashboard, follow, mode_of
from aimo_pipeline.observe.reading import Record, read_run
from aimo_pipeline.observe.state import RunState

ROOT = Path(__file__).parents[2]
LIMITS = Limits(memory_low_bytes=4 << 30, ttft_slow_s=30.0, tokens_slow_per_s=20.0)


@pytest.fixture(scope="module")
def records(compressed_run: Path) -> tuple[Record, ...]:
    return read_run(compressed_run).records


def state_of(records: tuple[Record, ...]) -> RunState:
    state = RunState()
    for record in records:
        state.apply(record)
    return state


def capture(state: RunState, now_s: float) -> str:
    """What a terminal of 150 columns shows."""
    console = Console(width=150, height=60, file=io.StringIO(), force_terminal=True, record=True)
    console.print(render(state, now_s, LIMITS))
    return console.export_text()


def event(kind: str, at_s: float, **fields: Any) -> Record:
    return {"type": kind, "version": 4, "at_s": at_s, **fields}


BEGUN = (
    event("RunStarted", 0.0, problems=50, total_s=18_000.0),
    event("GrantGiven", 5.0, problem_id="p1", grant_s=300.0, left_s=17_995.0),
    event("ProblemStarted", 5.0, problem_id="p1", grant_s=300.0, sha256="", text=""),
)


class TestCapture:
    """A terminal capture of a compressed run of fifty problems shows all that somebody watches for."""

    def test_the_middle_of_the_run(self, records: tuple[Record, ...]) -> None:
        half = next(
            place
            for place, one in enumerate(records)
            if one["type"] == "StageStarted" and one["problem_id"] == "p30"
        )
        state = state_of(records[: half + 1])
        shown = capture(state, state.at_s + 3.0)
        assert "30 of 50 answered" in shown
        assert len(re.findall(r"p\d\d [v∀✓fa✗…?]", shown)) >= 31
        assert re.search(r"p30 .*\d+ of \d+ s", shown)
        assert all(f" {number} " in shown for number in range(32, 51))
        for word in ("time bank", "tokens/s", "TTFT", "KV cache", "queue", "Lean restarts", "no alerts"):
            assert word in shown
        verified = sum(
            one["evidence"] == "ProvedForAll" for one in records[:half] if one["type"] == "AnswerGiven"
        )
        assert re.search(rf"ProvedForAll +{verified}\b", shown)

    def test_the_end_of_the_run(self, records: tuple[Record, ...]) -> None:
        state = state_of(records)
        shown = capture(state, state.at_s)
        assert "50 of 50 answered" in shown
        assert "no problem is being worked on" in shown
        tokens = sum(one["completion_tokens"] for one in records if one["type"] == "CompletionFinished")
        assert f"{tokens:,}" in shown

    @pytest.mark.parametrize(("columns", "rows"), [(80, 28), (120, 25), (150, 23)])
    def test_it_fits_a_terminal(self, records: tuple[Record, ...], columns: int, rows: int) -> None:
        begun = [place for place, one in enumerate(records) if one["type"] == "ProblemStarted"]
        state = state_of(records[: begun[30] + 1])
        state.apply(event("ServerSampled", state.at_s, kv_share=0.41, waiting=3, running=8))
        health = {"lean_workers": 4, "lean_busy": 2, "lean_restarts": 1, "lean_cache_hits": 7}
        state.apply(event("HealthSampled", state.at_s, available_bytes=9 << 30, **health))
        console = Console(width=columns, file=io.StringIO(), force_terminal=True, record=True)
        console.print(render(state, state.at_s + 2.0, LIMITS))
        shown = console.export_text()
        assert max(map(len, shown.splitlines())) <= columns
        assert len(shown.splitlines()) <= rows
        for said in (
            *("KV cache +41 %", "queue +3 waiting, 8 running", "tokens/s", r"TTFT +0\.\d\d s", "left +4:59"),
            *("Lean +4 warm, 2 busy", "Lean restarts +1", "Lean cache hits +7", r"memory free +9\.0 GiB"),
            *(
                r"reason with code +\d+ of \d+ \(\d+%\)",
                r"p\d\d ━+ \d+ of \d+ s",
                "∀ ProvedForAll",
                "no alerts",
            ),
        ):
            assert re.search(said, shown), said

    def test_what_to_know_stands_on_top_where_a_low_terminal_shows_it(self) -> None:
        died = event("ServerDied", 9.0, life=1, status=-9, under_way=3, tail="")
        shown = capture(state_of((*BEGUN, died)), 9.0).splitlines()
        assert "! the model's server is down" in shown[1]


class TestPhases:
    """A cell goes from grey over yellow and blue to green or red."""

    def test_each_phase(self) -> None:
        state = state_of(BEGUN)
        cell = state.cells["p1"]
        assert cell.phase == "generating"
        state.apply(event("StageStarted", 6.0, problem_id="p1", stage="verify"))
        assert cell.phase == "verifying"
        state.apply(event("StageEnded", 9.0, problem_id="p1", stage="verify", seconds=3.0))
        assert cell.phase == "generating"
        given = {"problem_id": "p1", "value": 5, "seconds": 6.0, "path": "tir>vote"}
        state.apply(event("AnswerGiven", 11.0, evidence="Voted", **given))
        assert cell.phase == "solved"
        assert (state.tried, state.won) == (
            {"trace": 0, "tir": 1, "lean": 1},
            {"trace": 0, "tir": 1, "lean": 0},
        )
        assert line_of(state, cell, 11.0).startswith("[ 1/50] p1      5  Voted  6.0 s of 300 s  tir>vote")
        state.apply(event("AnswerGiven", 11.0, evidence="Guessed", **given))
        assert cell.phase == "given up"


class TestAlerts:
    """What whoever watches should know is said, and gone when it is over."""

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            (event("HealthSampled", 9.0, available_bytes=1 << 30), "memory is nearly used up: 1.0 GiB"),
            (event("ServerDied", 9.0, life=1, status=-9, under_way=3, tail=""), "model's server is down"),
            (event("CompletionFinished", 9.0, completion_tokens=5, ttft_s=99.0), "99 s to the first token"),
            (event("ServerSampled", 9.0, running=4, waiting=0, tokens_per_s=3.0), "slow: 3 tokens/s"),
            (event("GrantGiven", 9.0, problem_id="x", grant_s=1.0, left_s=60.0), "time is nearly used up"),
            (event("StageFailed", 9.0, problem_id="p1", stage="mine", message="mine: KeyError"), "KeyError"),
        ],
    )
    def test_it_is_said(self, told: Record, said: str) -> None:
        state = state_of((*BEGUN, told))
        assert any(said in one for one in alerts(state, 9.0, LIMITS))
        assert said in capture(state, 9.0)
        assert not any(said in one for one in alerts(state_of(BEGUN), 9.0, LIMITS))

    def test_a_server_that_has_nothing_to_do_is_not_slow(self) -> None:
        idle = event("ServerSampled", 9.0, running=0, waiting=0, tokens_per_s=0.0)
        assert not any("slow" in one for one in alerts(state_of((*BEGUN, idle)), 9.0, LIMITS))

    def test_what_a_dead_server_said_last_is_not_shown_as_it_is(self) -> None:
        sampled = event("ServerSampled", 9.0, running=4, waiting=2, kv_share=0.5, tokens_per_s=900.0)
        state = state_of((*BEGUN, sampled))
        assert state.tokens_per_s(9.0) == 900.0
        state.apply(event("ServerDied", 10.0, life=1, status=-9, under_way=4, tail=""))
        assert state.tokens_per_s(10.0) is None
        assert re.search("KV cache +–", capture(state, 10.0))

    def test_without_the_servers_word_tokens_are_spread_over_their_completions_time(self) -> None:
        ended = {"completion_tokens": 60_000, "ttft_s": 0.1, "seconds": 600.0}
        state = state_of((*BEGUN, event("CompletionFinished", 900.0, **ended)))
        assert state.tokens_per_s(900.0) == pytest.approx(100.0)
        assert state.tokens_per_s(930.0) == pytest.approx(50.0)
        assert state.tokens_per_s(961.0) is None

    def test_a_server_that_is_back_is_no_alert(self) -> None:
        died = event("ServerDied", 9.0, life=1, status=-9, under_way=3, tail="")
        state = state_of((*BEGUN, died, event("ServerReady", 20.0, life=2, seconds=10.0)))
        assert not any("server is down" in one for one in alerts(state, 20.0, LIMITS))


class TestModes:
    """A terminal that cannot be redrawn, a pipe and a notebook get one line a problem."""

    def test_a_pipe_and_a_dumb_terminal_get_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        auto = ObserveConfig(dashboard="auto")
        assert mode_of(auto, Console(file=io.StringIO())) == "lines"
        assert mode_of(auto, Console(file=io.StringIO(), force_terminal=True)) == "live"
        assert mode_of(auto, Console(file=io.StringIO(), force_jupyter=True)) == "lines"
        monkeypatch.setenv("TERM", "dumb")
        assert mode_of(auto, Console(file=io.StringIO(), force_terminal=True)) == "lines"
        assert mode_of(ObserveConfig(), Console(file=io.StringIO(), force_terminal=True)) == "off"

    def test_where_jupyter_asks_for_colour_there_is_still_no_terminal(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-color")
        auto = ObserveConfig(dashboard="auto")
        assert mode_of(auto, console_on(io.StringIO())) == "lines"
        ours, theirs = pty.openpty()
        with os.fdopen(theirs, "w") as terminal:
            assert mode_of(auto, console_on(terminal)) == "live"
        os.close(ours)

    def test_lines_from_inside(self, records: tuple[Record, ...], tmp_path: Path) -> None:
        console = Console(file=io.StringIO(), width=80)
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            dashboard(journal, ObserveConfig(dashboard="lines"), console),
        ):
            for listener in journal._listeners:
                for record in records:
                    listener(record)
        printed = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        assert len(printed) == 50
        assert printed[0].startswith("[ 1/50] p00")
        assert printed[-1].startswith("[50/50] p49")

    def test_live_from_inside_ends_with_the_run(self, tmp_path: Path) -> None:
        console = Console(file=io.StringIO(), force_terminal=True, width=120, height=50)
        before = threading.active_count()
        with (
            Journal.open(tmp_path / "j", MonotonicClock()) as journal,
            dashboard(journal, ObserveConfig(dashboard="live", refresh_s=0.01), console),
        ):
            journal.write(RunStarted("1", "local", 7, 100.0, {}))
            journal.write(ProblemStarted("p1", "", "", 0, 30.0))
            time.sleep(0.1)
        assert threading.active_count() == before
        assert "0 of 7 answered" in console.file.getvalue()  # type: ignore[attr-defined]


class TestFollow:
    """From outside, a journal that is being written is followed to its end."""

    def test_a_half_written_line_waits(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        path.write_bytes(b'{"type":"RunStarted","at_s":0}\n{"type":"RunFin')
        follower = Follower(path)
        assert [one["type"] for one in follower.fresh()] == ["RunStarted"]
        with path.open("ab") as stream:
            stream.write(b'ished","at_s":1}\nnonsense\n')
        assert [one["type"] for one in follower.fresh()] == ["RunFinished"]

    def test_a_run_is_followed_until_it_finishes(self, tmp_path: Path) -> None:
        console = Console(file=io.StringIO(), width=120)
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            journal.write(RunStarted("1", "local", 1, 100.0, {}))
            waits = iter([lambda: None, lambda: journal.write(RunFinished(0, 1.0))])
            follow(tmp_path, ObserveConfig(dashboard="lines"), console, sleep=lambda _: next(waits)())

    def test_no_run_is_an_error_that_says_where_it_looked(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no journal at"):
            follow(tmp_path, ObserveConfig(), Console(file=io.StringIO()), sleep=time.sleep)

    def test_the_command_in_a_real_terminal(self, compressed_run: Path) -> None:
        """A pseudo terminal of 150 columns, as a user has it."""
        main, other = pty.openpty()
        environment = os.environ | {"COLUMNS": "150", "LINES": "50", "TERM": "xterm-256color"}
        process = subprocess.Popen(
            [sys.executable, "-m", "aimo_pipeline", "dashboard", str(compressed_run)],
            cwd=ROOT,
            stdout=other,
            stderr=other,
            stdin=other,
            env=environment,
        )
        os.close(other)
        seen = b""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([main], [], [], 0.2)[0]:
                try:
                    seen += os.read(main, 1 << 16)
                except OSError:
                    break
            elif process.poll() is not None:
                break
        os.close(main)
        assert process.wait(timeout=10) == 0
        assert b"50 of 50 answered" in seen
        assert b"\x1b[" in seen
