"""Commands in sessions of their own, of which nothing is left."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prepare.children import given_input
from prepare.told import ROOT
from tests.conftest import Processes


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


LEAVES_AN_ORPHAN = """
import subprocess, sys, time
middle = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'pass'])"
subprocess.run([sys.executable, "-c", middle])
time.sleep(1.5)
sys.exit(7)
"""

COUNTS_ZOMBIES = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import os
from prepare.children import adopt_orphans, run_child
from pathlib import Path

def zombies():
    for stat in Path("/proc").glob("[0-9]*/stat"):
        state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        if state == "Z" and int(parent) == os.getpid():
            yield stat

seen = []
adopt_orphans()
command = [sys.executable, "-c", {LEAVES_AN_ORPHAN!r}]
status = run_child(command, tick=lambda: seen.append(len([*zombies()])))
print(status, seen[-2])
"""


class TestRunChild:
    """A command's status comes back, and its orphans are taken note of while it still runs."""

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
    def test_an_orphan_that_ended_is_no_zombie_for_as_long_as_we_live(self) -> None:
        told = subprocess.run(
            [sys.executable, "-c", COUNTS_ZOMBIES], capture_output=True, text=True, timeout=60, check=True
        )
        assert told.stdout.split() == ["7", "0"]


READS = """
import sys
from prepare.children import given_input, run_child
sys.exit(run_child([sys.executable, "-c", "print(int(input()) + 1)"], stdin=given_input()))
"""


class TestInput:
    """A command reads what we are given, unless that is a terminal, which its session may not read."""

    def test_a_pipe_is_read(self) -> None:
        told = subprocess.run(
            [sys.executable, "-c", READS], input="41\n", capture_output=True, text=True, cwd=ROOT, timeout=60
        )
        assert (told.returncode, told.stdout) == (0, "42\n"), told.stderr

    @pytest.mark.parametrize("closed", [True, False])
    def test_a_terminal_and_nothing_are_not(self, monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", None if closed else terminal)
        assert given_input() == subprocess.DEVNULL


# A command that starts a grandchild in a session of its own, as the notebook's kernel is one, writes
# its id, and ignores TERM together with it.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
code += "; time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
open(sys.argv[1] + ".new", "w").write(str(child.pid))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
LAST
"""
OUTER = """
import sys
import build_submission as build
from prepare import children
children.GRACE_S = 0.5
build.run_tests = lambda arguments: children.run_child([sys.executable, "-c", sys.argv[1], sys.argv[2]])
sys.exit(build.main(["test"]))
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="descendants are found through /proc")
class TestNoChildIsLeft:
    """Ctrl-C, SIGTERM and a plain end leave no descendant, not even one in another session."""

    def start(self, tmp_path: Path, last: str) -> subprocess.Popen[str]:
        code = STUBBORN.replace("LAST", last)
        return subprocess.Popen(
            [sys.executable, "-c", OUTER, code, str(tmp_path / "pid")],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_after_a_signal(self, tmp_path: Path, processes: Processes, number: signal.Signals) -> None:
        process = self.start(tmp_path, "time.sleep(600)")
        assert processes.until((tmp_path / "pid").exists)
        grandchild = int((tmp_path / "pid").read_text())
        assert is_alive(grandchild)
        process.send_signal(number)
        _, error = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "no child process is left" in error
        assert not is_alive(grandchild)

    def test_after_a_command_that_ended_and_left_one_behind(self, tmp_path: Path) -> None:
        process = self.start(tmp_path, "sys.exit(5)")
        process.communicate(timeout=20)
        assert process.returncode == 5
        assert not is_alive(int((tmp_path / "pid").read_text()))
