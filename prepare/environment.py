"""The Python environment: pinned packages, wheels alone, under the cache folder."""

from __future__ import annotations

import importlib.util
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from prepare.cache import ensure_folder, environment_key
from prepare.children import run_child
from prepare.told import ROOT, Missing, last_line, say

REQUIREMENTS = ROOT / "requirements-dev.txt"


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
