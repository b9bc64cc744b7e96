"""Makes an environment from mounted wheels, offline, apart from the image's own packages.

uv comes with the bundle as a wheel like all others; its program is taken out of it, so that neither pip nor
ensurepip has to be there. Each wheel is held to the lock's hash as it is installed.

Standard library only: the competition image's Python runs it.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Exited, ProcessOutcome, ProcessTimedOut
from aimo_pipeline.process import run_process

COMPLETE = ".complete"
_UNLIMITED = LimitsConfig(0, 0, 8 << 20, 0, 0, 0, 0)
_COMPILE_S = 600.0
_UV_MEMBER = ".data/scripts/uv"


class InstallFailed(UserError):
    """An environment could not be made; the message is the installer's last word."""


@dataclass(frozen=True)
class Source:
    """Wheels and their lock: what an environment is made of."""

    wheels: Path
    lock: Path


def unpack_uv(wheels: Path, into: Path) -> Path | None:
    """Take uv's program out of its wheel.

    Args:
        wheels: folder that may hold uv-*.whl.
        into: folder for the program.

    Returns:
        The program, or None when the bundle has no uv.
    """
    for wheel in sorted(wheels.glob("uv-*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.endswith(_UV_MEMBER)]
            for name in members:
                program = into / "uv"
                into.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, program.open("wb") as target:
                    shutil.copyfileobj(source, target)
                program.chmod(0o755)
                return program
    return None


def environment_python(folder: Path) -> Path:
    """The python of an environment."""
    return folder / "bin" / "python"


async def make_environment(
    folder: Path, source: Source, *, uv: Path | None, clock: Clock, timeout_s: float
) -> Path:
    """Make an environment, or take the one that is complete.

    Args:
        folder: where; removed first when an earlier attempt was cut off.
        source: wheels and lock.
        uv: its program; None: venv and pip.
        clock: for the time-out.
        timeout_s: for the whole installation.

    Returns:
        Its python.

    Raises:
        InstallFailed: with the installer's last line.
    """
    python = environment_python(folder)
    if (folder / COMPLETE).exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    deadline = Deadline.after(timeout_s, clock)
    commands = _with_uv(folder, source, uv) if uv else _with_pip(folder, source)
    for command in commands:
        outcome = await run_process(
            command, stdin=b"", limits=_UNLIMITED, deadline=deadline, env=_environ(os.environ, folder)
        )
        _must_succeed(outcome, timeout_s)
    (folder / COMPLETE).touch()
    return python


async def compile_bytecode(python: Path, packages: Sequence[str], *, clock: Clock) -> None:
    """Compile some of an environment's packages, as uv leaves that out; no error if it fails.

    One process that steps back for others: the pipeline starts beside it.
    """
    folders = python.parent.parent.glob("lib/python*/site-packages")
    wanted = [str(folder / name) for folder in folders for name in packages]
    nice = shutil.which("nice")
    await run_process(
        [*([nice, "-n", "19"] if nice else []), str(python), "-m", "compileall", "-q", *wanted],
        stdin=b"",
        limits=_UNLIMITED,
        deadline=Deadline.after(_COMPILE_S, clock),
        env=_environ(os.environ, python.parent.parent),
    )


def _with_uv(folder: Path, source: Source, uv: Path) -> list[list[str]]:
    place = ["--python", str(environment_python(folder))]
    offline = ["--offline", "--no-config", "--no-progress"]
    return [
        [str(uv), "venv", *offline, "--python", sys.executable, str(folder)],
        [str(uv), "pip", "install", *offline, *place, *_what(source), "--no-deps", "--require-hashes"],
    ]


def _with_pip(folder: Path, source: Source) -> list[list[str]]:
    python = str(environment_python(folder))
    options = ["--no-deps", "--require-hashes", "--disable-pip-version-check", "--no-input"]
    return [
        [sys.executable, "-m", "venv", str(folder)],
        [python, "-m", "pip", "install", *options, *_what(source)],
    ]


def _what(source: Source) -> list[str]:
    return ["--no-index", "--find-links", str(source.wheels), "-r", str(source.lock)]


def _environ(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The image's, without what would lead an installer elsewhere; uv's cache beside the environment, so that
    it can link files instead of copying them."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV"))
    }
    return kept | {"UV_CACHE_DIR": str(folder.parent / "uv-cache"), "PIP_CONFIG_FILE": os.devnull}


def _must_succeed(outcome: ProcessOutcome, timeout_s: float) -> None:
    if isinstance(outcome, Exited) and outcome.status == 0:
        return
    if isinstance(outcome, ProcessTimedOut):
        raise InstallFailed(f"the installation was not done after {timeout_s:.0f} s")
    text = (outcome.stderr or outcome.stdout).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if line.lower().startswith(("error", "×", "╰─▶", "cause"))]
    raise InstallFailed(f"cannot install from the mounted wheels: {' '.join(told or lines[-1:])[:500]}")
