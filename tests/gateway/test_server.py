from __future__ import annotations

import dataclasses
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aimo_pipeline.config import Config, GatewayConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.gateway.score import Report, read_results
from aimo_pipeline.gateway.server import find_kaggle_evaluation, run
from aimo_pipeline.observe.journal import read_journal
from tests.conftest import Processes

# A stand-in for tests, not the competition's code: it keeps what was measured on the real one. Its
# modules import each other as top-level modules, every column of the file is handed over, the
# submission goes to the working directory, and the function is registered under its own name.
STAND_IN = {
    "__init__.py": "",
    "core/__init__.py": "",
    "core/templates.py": """
import os, pathlib, polars as pl

class InferenceServer:
    def __init__(self, *listeners):
        self.listeners = {listener.__name__: listener for listener in listeners}

    def serve(self):
        assert "KAGGLE_IS_COMPETITION_RERUN" in os.environ
        pathlib.Path("served").touch()

    def run_local_gateway(self, data_paths=None):
        gateway = self._get_gateway_for_test(data_paths)
        frames = [self.listeners["predict"](*row) for row in gateway.batches()]
        pl.concat(frames).write_parquet("submission.parquet")
""",
    "aimo_3_gateway.py": """
import kaggle_evaluation.core.templates
import polars as pl

class AIMO3Gateway:
    def __init__(self, data_paths):
        self.path = data_paths[0]

    def batches(self):
        frame = pl.read_csv(self.path).sample(fraction=1.0, shuffle=True)
        assert frame.columns == ["id", "problem"]
        yield from frame.iter_slices(n_rows=1)
""",
    "aimo_3_inference_server.py": """
import aimo_3_gateway
import kaggle_evaluation.core.templates

class AIMO3InferenceServer(kaggle_evaluation.core.templates.InferenceServer):
    def _get_gateway_for_test(self, data_paths):
        return aimo_3_gateway.AIMO3Gateway(data_paths)
""",
}


def put_stand_in(root: Path) -> Path:
    for name, text in STAND_IN.items():
        path = root / "kaggle_evaluation" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def fresh_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a stand-in put on sys.path and into sys.modules goes with the test."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.startswith(("kaggle_evaluation", "aimo_3_"))]:
        del sys.modules[name]


@pytest.fixture
def open_fake(solver: Any) -> Any:
    @asynccontextmanager
    async def open_solver(config: Config, *, journal: object, clock: object) -> AsyncIterator[Any]:
        async with solver.open() as opened:
            yield opened

    return open_solver


@pytest.fixture
def play_file(tmp_path: Path, quick_config: Config, open_fake: Any) -> Any:
    """Run on a small file: p0 asks for 0, p1 for 1, ...; p3's known answer is another."""

    def play(**gateway: Any) -> Report:
        path = tmp_path / "problems.csv"
        path.write_text("id,problem,answer\np0,0,0\np1,1,1\np2,hang,2\np3,3,4\n")
        settings = {"problems_csv": path} | gateway
        config = dataclasses.replace(
            quick_config, gateway=dataclasses.replace(quick_config.gateway, **settings)
        )
        return run(config, start_s=time.monotonic(), open_solver=open_fake)

    return play


class TestFindKaggleEvaluation:
    """AIMO_KAGGLE_EVALUATION first, then the layouts that Kaggle mounts; anything else is no package."""

    @pytest.mark.parametrize("layout", ["slug", "competitions/slug", "dataset/inner"])
    def test_finds_every_layout(self, tmp_path: Path, layout: str) -> None:
        root = put_stand_in(tmp_path / layout)
        (tmp_path / "another-data-set").mkdir()
        assert find_kaggle_evaluation(GatewayConfig(kaggle_input=tmp_path)) == root

    def test_the_named_folder_may_be_the_package_or_its_parent(self, tmp_path: Path) -> None:
        root = put_stand_in(tmp_path / "slug")
        for named in (root, root / "kaggle_evaluation"):
            assert find_kaggle_evaluation(GatewayConfig(evaluation_root=named)) == root

    def test_a_named_folder_without_it_is_an_error(self, tmp_path: Path) -> None:
        put_stand_in(tmp_path)
        (tmp_path / "empty").mkdir()
        with pytest.raises(UserError, match="does not hold"):
            find_kaggle_evaluation(GatewayConfig(evaluation_root=tmp_path / "empty"))

    def test_finds_nothing_where_nothing_is(self, tmp_path: Path) -> None:
        assert find_kaggle_evaluation(GatewayConfig(kaggle_input=tmp_path)) is None
        assert find_kaggle_evaluation(GatewayConfig(kaggle_input=tmp_path / "absent")) is None


class TestRun:
    """Every problem is answered, and the results, journal and submission lie in the output folder."""

    def check(self, report: Report, output: Path) -> None:
        assert [(row.id, row.answer) for row in report.problems] == [
            ("p0", 0),
            ("p1", 1),
            ("p2", 0),
            ("p3", 3),
        ]
        assert (report.score, report.total) == (2, 4)
        assert read_results(output / "results.json") == report
        submission = pl.read_parquet(report.submission)
        assert sorted(submission.rows()) == [("p0", 0), ("p1", 1), ("p2", 0), ("p3", 3)]
        kinds = [record["type"] for record in read_journal(Path(report.journal))]
        assert kinds.count("GrantGiven") == kinds.count("AccountClosed") == 4
        others = [kind for kind in kinds if kind not in ("GrantGiven", "AccountClosed")]
        assert others == ["RunStarted", "PredictFailed", *["AnswerExpected"] * 4, "RunFinished"]

    def test_over_a_csv(self, play_file: Any, tmp_path: Path) -> None:
        report = play_file(shuffle_seed=1)
        assert report.gateway == "local"
        self.check(report, tmp_path / "out")

    @pytest.mark.usefixtures("fresh_imports")
    def test_with_the_competitions_package(self, play_file: Any, tmp_path: Path) -> None:
        before = Path.cwd()
        report = play_file(evaluation_root=put_stand_in(tmp_path / "slug"))
        assert report.gateway == "kaggle_evaluation"
        assert Path.cwd() == before
        self.check(report, tmp_path / "out")

    @pytest.mark.usefixtures("fresh_imports")
    def test_its_own_test_set_is_used_when_no_file_is_named(self, play_file: Any, tmp_path: Path) -> None:
        root = put_stand_in(tmp_path / "slug")
        (root / "test.csv").write_text('"id","problem"\n"000aaa","5"\n')
        report = play_file(evaluation_root=root, problems_csv=None)
        assert [(row.answer, row.expected) for row in report.problems] == [(5, None)]

    @pytest.mark.usefixtures("fresh_imports")
    def test_the_rerun_serves_and_writes_no_submission_itself(
        self, play_file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KAGGLE_IS_COMPETITION_RERUN", "1")
        monkeypatch.chdir(tmp_path)
        play_file(evaluation_root=put_stand_in(tmp_path / "slug"), competition_rerun=True)
        assert (tmp_path / "served").exists()
        assert not (tmp_path / "out" / "submission.parquet").exists()

    @pytest.mark.usefixtures("fresh_imports")
    def test_in_the_rerun_an_output_folder_that_cannot_be_made_costs_no_answer(
        self, play_file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("KAGGLE_IS_COMPETITION_RERUN", "1")
        monkeypatch.chdir(tmp_path)
        there = {"output_dir": tmp_path / "file" / "out"}
        report = play_file(evaluation_root=put_stand_in(tmp_path / "slug"), competition_rerun=True, **there)
        assert (tmp_path / "served").exists()
        assert [one["type"] for one in read_journal(Path(report.journal))][0] == "RunStarted"
        with pytest.raises(UserError, match=r"cannot write to .*out: Not a directory"):
            play_file(**there)

    def test_results_that_do_not_fit_on_the_disk_cost_themselves_only(
        self, play_file: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "out" / "results.json").mkdir(parents=True)
        report = play_file()
        assert len(pl.read_parquet(report.submission)) == 4
        assert "no results.json" in caplog.text

    def test_the_rerun_without_the_package_is_an_error(self, play_file: Any) -> None:
        with pytest.raises(UserError, match="rerun"):
            play_file(competition_rerun=True)

    def test_no_problems_at_all_is_an_error(self, play_file: Any) -> None:
        with pytest.raises(UserError, match="AIMO_PROBLEMS"):
            play_file(problems_csv=None)


# The run below has a solver with a child process in a session of its own, as Lean's is.
WITH_CHILD = """
import asyncio, sys, time
from contextlib import asynccontextmanager
from pathlib import Path
from aimo_pipeline.config import Config, GatewayConfig
from aimo_pipeline.gateway.server import run

class Hangs:
    async def solve(self, problem, *, deadline):
        await asyncio.sleep(3600)

@asynccontextmanager
async def open_solver(config, *, journal, clock):
    child = await asyncio.create_subprocess_exec("sleep", "3600", start_new_session=True)
    Path("child.new").write_text(str(child.pid))
    Path("child.new").rename("child")
    try:
        yield Hangs()
    finally:
        child.kill()
        await child.wait()

gateway = GatewayConfig(problems_csv=Path("p.csv"), output_dir=Path("out"), kaggle_input=Path("none"))
run(Config(gateway=gateway), start_s=time.monotonic(), open_solver=open_solver)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestStopping:
    """Ctrl-C and SIGTERM close the solver, so that no child process is left, and then end the process."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_no_child(self, tmp_path: Path, processes: Processes, number: signal.Signals) -> None:
        (tmp_path / "p.csv").write_text("id,problem\na,hang\n")
        root = str(Path(__file__).parents[2])
        env = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
        process = subprocess.Popen(
            [sys.executable, "-c", WITH_CHILD], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL
        )
        try:
            assert processes.until((tmp_path / "child").exists)
            child = int((tmp_path / "child").read_text())
            assert is_alive(child)
            process.send_signal(number)
            assert process.wait(timeout=20) == -number
            assert processes.until(functools.partial(lambda pid: not is_alive(pid), child), 5)
        finally:
            process.kill()
            process.wait()
