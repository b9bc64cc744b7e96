from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.bundle.stage import stage
from tests.bundle.conftest import SmallBundle, make_wheel

ROOT = Path(__file__).parents[2]

KERNEL = """
import sys, time
sys.path.insert(0, sys.argv[1])
from aimo_pipeline.cli import notebook
notebook.run(time.monotonic())
"""


class TestOnTheImagesPython:
    """Before anything is installed only the standard library is needed."""

    @pytest.mark.parametrize("module", ["aimo_pipeline.cli.notebook", "aimo_pipeline.bundle.boot"])
    def test_imports_nothing_that_would_have_to_be_installed(self, module: str) -> None:
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; "
            "print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
        )
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
        assert done.stdout.strip() == "['__main__', 'aimo_pipeline']", done.stderr


WRITE_PLACE = 'import served; open("spoke", "w").write(served.__file__)'
ASK = f"__import__('subprocess').call([os.environ['AIMO_VLLM_PYTHON'], '-c', {WRITE_PLACE!r}])"


class TestEngine:
    """The engine's environment is made beside the pipeline, which is told of its Python from the start."""

    def boot(self, small: SmallBundle, root: Path) -> subprocess.CompletedProcess[str]:
        small.before_serving(f"sys.exit({ASK})")
        small.seal()
        stage(small.dist, small.manifest, root, layout="nested", models={}, evaluation=None)
        code = next((root / "input").rglob("aimo_pipeline")).parent
        return subprocess.run(
            [sys.executable, "-c", KERNEL, str(code)],
            cwd=root / "working",
            env={"PATH": os.defpath, "AIMO_KAGGLE_ROOT": str(root)},
            capture_output=True,
            text=True,
        )

    def test_its_python_waits_until_it_is_installed(
        self, small: SmallBundle, open_folder: Callable[[], Path]
    ) -> None:
        small.add_engine()
        root = open_folder()
        done = self.boot(small, root)
        assert done.returncode == 0, done.stderr
        assert "/tmp/aimo/engine/lib/" in (root / "working" / "spoke").read_text()
        log = (root / "tmp" / "aimo" / "boot.log").read_text()
        assert "environment pipeline ready" in log and "environment engine ready" in log

    def test_one_that_cannot_be_made_is_said_loudly_and_to_whoever_waits(
        self, small: SmallBundle, open_folder: Callable[[], Path]
    ) -> None:
        wheels = small.add_engine()
        make_wheel(wheels, "served", {"served.py": "X = 2\n"})
        done = self.boot(small, open_folder())
        assert "NO MODEL SERVER: cannot install from the mounted wheels" in done.stdout
        assert "cannot install from the mounted wheels" in done.stderr.rpartition("RunFailed")[0]


class TestStopping:
    """SIGTERM and Ctrl-C end the pipeline's process with the kernel, midway, and leave no process."""

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_leaves_no_process(
        self,
        small: SmallBundle,
        open_folder: Callable[[], Path],
        processes: Any,
        number: signal.Signals,
    ) -> None:
        small.before_serving("__import__('time').sleep(600)")
        small.seal()
        root = open_folder()
        stage(small.dist, small.manifest, root, layout="flat", models={}, evaluation=None)
        code = root / "input" / small.manifest.parts["code"].slug
        environ = {"PATH": os.defpath, "AIMO_KAGGLE_ROOT": str(root)}
        kernel = subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(code)],
            cwd=root / "working",
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        marker = str(root / "tmp" / "aimo" / "pipeline" / "bin" / "python")
        try:
            assert processes.appeared(marker + "\0-m\0aimo_pipeline.cli.notebook", within_s=60)
            kernel.send_signal(number)
            output, _ = kernel.communicate(timeout=60)
            assert kernel.returncode == -number, output
            assert processes.gone(marker)
        finally:
            kernel.kill()
            kernel.wait()

    def test_what_is_not_mounted_is_said_at_once(self, small: SmallBundle, tmp_path: Path) -> None:
        began_s = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", KERNEL, str(small.dist / "code")],
            env={"PATH": os.defpath, "AIMO_KAGGLE_ROOT": str(tmp_path / "empty")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        last = done.stderr.strip().splitlines()[-1]
        assert "the data set trace-to-lean-cpu-code is not mounted under" in last
        assert time.monotonic() - began_s < 20
