"""What the notebook's kernel does with a bundle: find the mounts, make the environments, serve from there.

The kernel is the image's own Python, whose packages are left alone. The pipeline runs in a child process in
an environment of its own; the engine's environment (vLLM, gigabytes) is installed beside it, while serve() is
already up, because serve() has to be called within 15 minutes and a first prediction may take longer.

Standard library only: the competition image's Python runs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from aimo_pipeline import sigterm
from aimo_pipeline.bundle.handover import ENGINE_FAILED, STARTED, engine_told, told
from aimo_pipeline.bundle.install import (
    InstallFailed,
    Source,
    compile_bytecode,
    make_environment,
    unpack_uv,
)
from aimo_pipeline.bundle.manifest import MANIFEST, Manifest, read_manifest
from aimo_pipeline.bundle.mounts import Mounts, find_mounts
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import AimoError
from aimo_pipeline.process import Child, started

KAGGLE = Path("/kaggle")
SERVE = ("-m", "aimo_pipeline.cli.notebook")
BOOT_LOG = "boot.log"
# What the sandbox has in memory. Its fork server writes no bytecode, so without this each start of it would
# compile these packages again.
COMPILED = ("numpy", "mpmath", "sympy", "networkx")

_CHILD_LIMITS = LimitsConfig(0, 0, 1 << 20, 0, 0, 0, 0)
_GRACE_S = 25.0  # the gateway closes its solver meanwhile (20 s at most)
_MARGIN_S = 60.0  # of the time until serve(), for everything but the installation
_ENGINE_S = 3_600.0
_LAST_CHARACTERS = 2_000


class RunFailed(AimoError):
    """The pipeline's process ended with an error; the message holds its last line."""


def kaggle_root(environ: Mapping[str, str]) -> Path:
    """/kaggle, or the folder that stands in for it in a check."""
    return Path(environ.get("AIMO_KAGGLE_ROOT") or KAGGLE)


def run(code: Path, *, start_s: float) -> None:
    """Make the environments and serve until the gateway is done.

    Args:
        code: the mounted code part; MANIFEST.json lies in it.
        start_s: time.monotonic() as the notebook began.

    Raises:
        MountMissing: something is not mounted.
        InstallFailed: the pipeline's environment cannot be made.
        RunFailed: the pipeline ended with an error.
        KeyboardInterrupt: Ctrl-C, or SIGTERM; the child was ended first.
    """
    root = kaggle_root(os.environ)
    manifest = read_manifest(code / MANIFEST)
    mounts = find_mounts(manifest, root / "input")
    say(f"bundle {manifest.version} for {manifest.target}: {len(mounts.parts)} data sets found", start_s)
    work = _work_folder(root)
    environ = told(os.environ, manifest, mounts, root) | engine_told(manifest, work)
    environ[STARTED] = repr(start_s)
    with sigterm.as_interrupt():
        _in_a_thread(lambda: _serve(manifest, mounts, work, environ, start_s))


def say(text: str, start_s: float) -> None:
    """One line in the notebook's log, with the seconds since it began."""
    sys.stdout.write(f"[{time.monotonic() - start_s:6.1f} s] {text}\n")
    sys.stdout.flush()


def _log(work: Path, text: str, start_s: float) -> None:
    """say, and keep it in boot.log: the outputs of a notebook that is ended from outside are lost."""
    say(text, start_s)
    with (work / BOOT_LOG).open("a", encoding="utf-8") as stream:
        stream.write(f"[{time.monotonic() - start_s:6.1f} s] {text}\n")


def _work_folder(root: Path) -> Path:
    """For environments; not the working folder, all of which becomes the notebook's output."""
    for place in (root / "tmp" / "aimo", Path(tempfile.gettempdir()) / "aimo"):
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            return place
    raise InstallFailed(f"no folder for environments: neither {root / 'tmp'} nor the temporary folder")


async def _serve(
    manifest: Manifest, mounts: Mounts, work: Path, environ: Mapping[str, str], start_s: float
) -> None:
    clock = MonotonicClock()
    uv = unpack_uv(_source("pipeline", manifest, mounts).wheels, work)

    async def install(name: str, timeout_s: float) -> Path:
        began_s = clock.now_s()
        source = _source(name, manifest, mounts)
        python = await make_environment(work / name, source, uv=uv, clock=clock, timeout_s=timeout_s)
        how = "uv" if uv else "pip"
        _log(work, f"environment {name} ready after {clock.now_s() - began_s:.1f} s ({how})", start_s)
        return python

    python = await install("pipeline", max(_MARGIN_S, manifest.limits.serve_s - _MARGIN_S))
    beside = {
        asyncio.create_task(_engine(install, manifest, work, start_s)),
        asyncio.create_task(compile_bytecode(python, COMPILED, clock=clock)),
    }
    try:
        await _run_child([str(python), *SERVE], environ)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)


async def _engine(
    install: Callable[[str, float], Coroutine[None, None, Path]],
    manifest: Manifest,
    work: Path,
    start_s: float,
) -> None:
    """Install the engine; where that fails, whoever waits for it is told, and the run goes on without."""
    if "engine" not in manifest.environments:
        return
    try:
        await install("engine", _ENGINE_S)
    except InstallFailed as error:
        (work / ENGINE_FAILED).write_text(f"{error}\n", encoding="utf-8")
        _log(work, f"NO MODEL SERVER: {error}", start_s)


def _source(name: str, manifest: Manifest, mounts: Mounts) -> Source:
    one = manifest.environments[name]
    folder = mounts.parts[one.part]
    return Source(folder / one.wheels, folder / one.lock)


async def _run_child(argv: list[str], environ: Mapping[str, str]) -> None:
    last = ""
    async with started(
        argv, stdin=b"", limits=_CHILD_LIMITS, env=environ, cwd=None, grace_s=_GRACE_S
    ) as child:
        while not child.exited.done():
            await child.until(lambda: bool(child.stdout.data or child.stderr.data), timeout_s=1.0)
            last = _pass_on(child, last)
        await child.drained()
        last = _pass_on(child, last)
        status = child.exited.result()
    if status != 0:
        lines = [line for line in last.splitlines() if line.strip()]
        raise RunFailed(f"the pipeline ended with status {status}: {(lines or ['no message'])[-1].strip()}")


def _pass_on(child: Child, last: str) -> str:
    """Show what the child wrote; keep the end of it."""
    for sink, stream in ((child.stdout, sys.stdout), (child.stderr, sys.stderr)):
        text = bytes(sink.take()).decode("utf-8", "replace")
        if text:
            stream.write(text)
            stream.flush()
            last = (last + text)[-_LAST_CHARACTERS:]
    return last


def _in_a_thread(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `work` on a loop of its own: the kernel's main thread has one that is running already."""
    loop = asyncio.new_event_loop()
    failed: list[BaseException] = []
    task = loop.create_task(work())

    def drive() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        except (AimoError, OSError) as error:
            failed.append(error)
        finally:
            loop.close()

    thread = threading.Thread(target=drive, name="boot")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(timeout=0.5)
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if failed:
        raise failed[0]
