"""Each planted fault is caught by `check`, with one line that names it; a good bundle passes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.bundle.check import Checked, Options, check, isolation
from aimo_pipeline.bundle.manifest import Limits
from aimo_pipeline.deadline import MonotonicClock
from tests.bundle.conftest import SmallBundle, make_wheel

ROOT = Path(__file__).parents[2]
RERUN = Options(modes=("rerun",))
Run = Callable[..., Checked]


@pytest.fixture
def run(small: SmallBundle, open_folder: Callable[[], Path]) -> Run:
    def go(options: Options = RERUN, root: Path | None = None) -> Checked:
        work = check(small.dist, root or open_folder(), options, clock=MonotonicClock(), tell=lambda _: None)
        return asyncio.run(work)

    return go


def only_fault(checked: Checked) -> str:
    assert len(checked.faults) == 1, checked
    assert "\n" not in checked.faults[0]
    return checked.faults[0]


class TestFaultsThatAreSeen:
    """What the files show is said before anything is run."""

    def test_a_wheel_is_missing(self, small: SmallBundle, run: Run) -> None:
        (small.wheels / "tiny-1.0-py3-none-any.whl").unlink()
        assert only_fault(run()) == (
            "the wheel tiny-1.0-py3-none-any.whl is missing from the part wheels; run bundle again"
        )

    def test_a_locked_package_has_no_wheel(self, small: SmallBundle, run: Run) -> None:
        (small.wheels / "tiny-1.0-py3-none-any.whl").unlink()
        small.seal()
        assert only_fault(run()) == "no wheel of tiny==1.0 lies in the part wheels (pipeline needs it)"

    def test_a_wheel_is_for_another_python(self, small: SmallBundle, run: Run) -> None:
        make_wheel(small.wheels, "other", {}, tag="cp39-cp39-manylinux_2_17_x86_64")
        small.seal()
        told = only_fault(run())
        assert told.startswith(
            "the wheel other-1.0-cp39-cp39-manylinux_2_17_x86_64.whl is for another Python"
        )

    def test_a_file_has_a_bad_hash(self, small: SmallBundle, run: Run) -> None:
        wheel = small.wheels / "tiny-1.0-py3-none-any.whl"
        data = bytearray(wheel.read_bytes())
        data[40] ^= 1
        wheel.unlink()
        wheel.write_bytes(bytes(data))
        assert only_fault(run()).startswith(f"the wheel {wheel.name} in the part wheels has a bad hash: ")

    def test_a_model_folder_has_no_config(self, small: SmallBundle, run: Run, tmp_path: Path) -> None:
        model = "maker/small/transformers/default/1"
        small.target = dataclasses.replace(small.target, models=(model,))
        small.seal()
        (tmp_path / "model").mkdir()
        told = only_fault(run(Options(models={model: tmp_path / "model"}, modes=("rerun",))))
        assert told.startswith("the model folder ")
        assert told.endswith("/models/maker/small/transformers/default/1 has no config.json")

    @pytest.mark.parametrize("layout", ["nested", "flat"])
    def test_a_competition_file_is_missing(
        self, small: SmallBundle, run: Run, tmp_path: Path, layout: str
    ) -> None:
        (tmp_path / "competition").mkdir()
        (tmp_path / "competition" / "test.csv").write_text("id,problem\n")
        options = Options(layout=layout, evaluation=tmp_path / "competition")  # type: ignore[arg-type]
        assert only_fault(run(options)).startswith(
            "the competition's file kaggle_evaluation/aimo_3_inference_server.py is missing from "
        )

    def test_the_internet_is_on(self, small: SmallBundle, run: Run) -> None:
        path = small.dist / "notebook" / "kernel-metadata.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"enable_internet": True}))
        assert "turns the internet on" in only_fault(run())

    def test_a_data_set_is_too_large_or_too_flat(self, small: SmallBundle, run: Run) -> None:
        small.seal(dataset_bytes=1000)
        assert [line.split(" has ")[0] for line in run().faults] == ["the part code", "the part wheels"]
        small.seal(dataset_bytes=10**9, top_level_files=0)
        assert only_fault(run()) == "the part wheels has 1 files at its top; a data set may have 0"

    def test_a_bundle_for_another_python_is_looked_at_but_not_run(self, small: SmallBundle, run: Run) -> None:
        small.target = dataclasses.replace(small.target, python="3.99")
        for wheel in small.wheels.iterdir():
            assert "py3" in wheel.name
        small.seal()
        checked = run()
        assert checked.faults == ()
        assert checked.notes[0].startswith("not installed and not run: the bundle is for Python 3.99")


class TestFaultsThatShowWhenItRuns:
    """What only the notebook's run shows is said in one line as well."""

    def test_the_notebook_has_an_error(self, small: SmallBundle, run: Run) -> None:
        path = small.dist / "notebook" / "submission.ipynb"
        notebook = json.loads(path.read_text())
        notebook["cells"][1]["source"] = "import a_module_that_is_not_there"
        path.write_text(json.dumps(notebook))
        assert only_fault(run()) == (
            "rerun: the notebook failed: ModuleNotFoundError: No module named 'a_module_that_is_not_there'"
        )

    def test_the_pipelines_own_error_reaches_the_line(self, small: SmallBundle, run: Run) -> None:
        small.edit("gateway/server.py", "import polars as pl", "import not_in_the_lock")
        small.seal()
        assert only_fault(run()) == (
            "rerun: the notebook failed: RunFailed: the pipeline ended with status 1: "
            "ModuleNotFoundError: No module named 'not_in_the_lock'"
        )

    def test_the_submission_has_a_wrong_column(self, small: SmallBundle, run: Run) -> None:
        contract = "gateway/contract.py"
        small.edit(contract, '"answer"', '"anwser"')
        small.seal()
        assert only_fault(run()) == (
            "submission.parquet has the columns id, anwser; it must have id and answer"
        )

    def test_an_answer_is_out_of_range_and_the_output_too_large(self, small: SmallBundle, run: Run) -> None:
        """Two faults in one run, which is long: each has its own line."""
        small.edit("gateway/contract.py", "FALLBACK_ANSWER = 0", "FALLBACK_ANSWER = 100_000")
        small.edit("gateway/contract.py", "if ANSWER_MIN <= number <= ANSWER_MAX", "if False")
        small.before_serving('Path("weights.bin").write_bytes(bytes(3_000_000))')
        small.seal(output_bytes=2_000_000)
        *answers, size = run().faults
        assert len(answers) == 3
        assert all(line.endswith(", 100000, lies outside 0..99999") for line in answers)
        assert size.startswith("the working folder holds 3.0 MB, more than 2.0 MB")
        assert size.endswith("the largest file is weights.bin")

    def test_serve_comes_too_late(self, small: SmallBundle, run: Run) -> None:
        small.before_serving("__import__('time').sleep(300)")
        small.seal(serve_s=5.0)
        assert only_fault(run()) == "rerun: serve() was not called within 5 s"


class TestIsolation:
    """The network is cut with unshare where that is allowed, else refused by a proxy; which one is said."""

    def test_says_which(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = asyncio.run(isolation(MonotonicClock()))
        assert found.said.startswith("off (unshare") or "a proxy that refuses" in found.said
        monkeypatch.setattr(shutil, "which", lambda *_: None)
        proxy = asyncio.run(isolation(MonotonicClock()))
        assert proxy.prefix == () and "only a proxy that refuses" in proxy.said
        assert proxy.environ["https_proxy"] == "http://127.0.0.1:9"

    def test_inside_nothing_outside_answers_and_loopback_does(self) -> None:
        cut = asyncio.run(isolation(MonotonicClock()))
        if not cut.prefix:
            pytest.skip(f"network namespaces are not allowed here: {cut.said}")
        code = (
            "import socket; from aimo_pipeline.bundle.rehearse import loopback_up, reached_outside; "
            "loopback_up(); s = socket.create_server(('127.0.0.1', 50051)); "
            "socket.create_connection(('127.0.0.1', 50051)); print(repr(reached_outside()))"
        )
        command = [*cut.prefix, sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == "''\n", done.stderr


class TestStopping:
    """SIGTERM in the middle of a check leaves no process of it."""

    def test_leaves_no_process(
        self, small: SmallBundle, open_folder: Callable[[], Path], processes: Any
    ) -> None:
        small.before_serving("__import__('time').sleep(600)")
        small.seal()
        root = open_folder()
        command = [sys.executable, "-m", "aimo_pipeline", "check", str(small.dist), "--keep", str(root)]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        marker = str(root / "tmp" / "aimo" / "pipeline" / "bin" / "python")
        try:
            assert processes.appeared(f"{marker}\0-m\0aimo_pipeline.cli.notebook", within_s=60)
            running.terminate()
            assert running.wait(timeout=30) != 0
            assert processes.gone(str(root), within_s=20)
        finally:
            running.kill()
            running.wait()


class TestAGoodBundle:
    """It passes both of Kaggle's runs in the flat layout, from the mounts alone, without a network."""

    def test_passes(self, small: SmallBundle, run: Run, open_folder: Callable[[], Path]) -> None:
        root = open_folder()
        checked = run(Options(layout="flat"), root)
        assert checked.faults == ()
        assert [note.split(":")[0] for note in checked.notes[:3]] == ["network", "rerun", "commit"]
        submitted = json.loads((root / "working" / "results.json").read_text())
        assert submitted["gateway"] == "kaggle_evaluation"
        assert (root / "tmp" / "aimo" / "pipeline" / ".complete").exists()

    def test_limits_come_from_the_manifest(self, small: SmallBundle) -> None:
        small.seal(serve_s=7.0)
        assert small.manifest.limits == Limits(7.0, 10**9, 50, 10**7, 100)
