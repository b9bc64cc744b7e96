"""Runs the staged notebook once as Kaggle runs it; started by `check` where there is no network.

Two ways, because Kaggle knows two. "rerun": the scored run, in which the gateway is another process, calls
over gRPC, and the notebook is ended from outside. "commit": saving a version, in which the notebook plays the
gateway itself and ends by itself; a notebook that fails here cannot be submitted.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from aimo_pipeline.bundle.stage import EXECUTED
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline, MonotonicClock
from aimo_pipeline.process import Child, started

Mode = Literal["rerun", "commit"]
MODES: tuple[Mode, ...] = ("rerun", "commit")
PORT = 50051  # the first that the competition's relay takes
OUTCOME = "outcome.json"
KERNEL = "image"

_UNLIMITED = LimitsConfig(0, 0, 16 << 20, 0, 0, 0, 0)
_LOOK_S = 0.1
_GRACE_S = 40.0
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41


@dataclass(frozen=True)
class Spec:
    """What to run.

    Attributes:
        root: stands in for /kaggle.
        competition: folder with kaggle_evaluation.
        mode: see the module.
        serve_s: longest time until serve() must listen.
        run_s: longest time for the whole.
        image: interpreter that stands in for the image's, with ipykernel; ours where the versions agree.
        isolated: True inside a network namespace of its own, whose loopback must be brought up.
    """

    root: str
    competition: str
    mode: Mode
    serve_s: float
    run_s: float
    image: str
    isolated: bool


@dataclass(frozen=True)
class Rehearsed:
    """What came of it.

    Attributes:
        serve_s: when serve() listened; None: it did not (or is not looked at, in "commit").
        notebook_status, gateway_status: exit statuses; None: was ended by us.
        notebook_log, gateway_log: the ends of what they wrote.
        seconds: the whole.
        reached: an address outside that could be reached although the network should be cut; else empty.
    """

    serve_s: float | None
    notebook_status: int | None
    gateway_status: int | None
    notebook_log: str
    gateway_log: str
    seconds: float
    reached: str


def loopback_up() -> None:
    """A new network namespace has only a loopback, and that is down.

    Raises:
        OSError: not allowed.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def reached_outside() -> str:
    """An address outside this machine that answers; empty when the network is off."""
    for address in (("1.1.1.1", 443), ("8.8.8.8", 53)):
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0):
            return address[0]
    return ""


async def rehearse(spec: Spec, environ: Mapping[str, str], clock: Clock) -> Rehearsed:
    """Run the notebook, and in the rerun the gateway."""
    deadline = Deadline.after(spec.run_s, clock)
    working = Path(spec.root) / "working"
    rerun = {"KAGGLE_IS_COMPETITION_RERUN": "1"} if spec.mode == "rerun" else {}
    options = ["--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=-1", "--inplace", EXECUTED]
    kernel = f"--ExecutePreprocessor.kernel_name={_kernel(Path(spec.root), spec.image)}"
    command = [sys.executable, "-m", "nbconvert", *options, kernel]
    async with started(
        command, stdin=b"", limits=_UNLIMITED, env={**environ, **rerun}, cwd=working, grace_s=_GRACE_S
    ) as notebook:
        if spec.mode == "commit":
            await notebook.until(lambda: False, timeout_s=deadline.remaining_s())
            return await _outcome(spec, notebook, None, "", None, deadline)
        serve_s = await _listening(notebook, Deadline.after(spec.serve_s, clock), clock)
        if serve_s is None:
            return await _outcome(spec, notebook, None, "", None, deadline)
        status, log = await _gateway(spec, {**environ, **rerun}, working, notebook, deadline)
        ended_by_us = not notebook.exited.done()
        if ended_by_us:
            await _end(notebook)
        return await _outcome(spec, notebook, status, log, serve_s, deadline, ended_by_us)


def _kernel(root: Path, image: str) -> str:
    """A kernel that runs the image's Python; its name."""
    folder = root / "home" / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True, exist_ok=True)
    argv = [image, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    record = {"argv": argv, "display_name": KERNEL, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(record), encoding="utf-8")
    return KERNEL


async def _listening(notebook: Child, limit: Deadline, clock: Clock) -> float | None:
    began_s = clock.now_s()
    while not limit.passed and not notebook.exited.done():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.close()
            return round(clock.now_s() - began_s, 1)
        await clock.sleep(_LOOK_S)
    return None


async def _gateway(
    spec: Spec, environ: Mapping[str, str], working: Path, notebook: Child, deadline: Deadline
) -> tuple[int | None, str]:
    program = Path(spec.competition) / "kaggle_evaluation" / "aimo_3_gateway.py"
    env = {**environ, "PYTHONPATH": spec.competition, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(program)]
    async with started(command, stdin=b"", limits=_UNLIMITED, env=env, cwd=working, grace_s=0.0) as gateway:
        while not (gateway.exited.done() or notebook.exited.done() or deadline.passed):
            await gateway.until(gateway.exited.done, timeout_s=0.5)
        await gateway.drained()
        status = gateway.exited.result() if gateway.exited.done() else None
        return status, _text(gateway)


async def _end(notebook: Child) -> None:
    """End the kernel as a stopped container does: TERM, and time to close."""
    for kernel in _children(notebook.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(kernel, signal.SIGTERM)
    await notebook.until(lambda: False, timeout_s=_GRACE_S)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


async def _outcome(
    spec: Spec,
    notebook: Child,
    gateway_status: int | None,
    gateway_log: str,
    serve_s: float | None,
    deadline: Deadline,
    ended_by_us: bool = False,
) -> Rehearsed:
    done = notebook.exited.done() and not ended_by_us
    if notebook.exited.done():
        await notebook.drained()
    return Rehearsed(
        serve_s=serve_s,
        notebook_status=notebook.exited.result() if done else None,
        gateway_status=gateway_status,
        notebook_log=_text(notebook),
        gateway_log=gateway_log,
        seconds=round(spec.run_s - deadline.remaining_s(), 1),
        reached=reached_outside() if spec.isolated else "",
    )


def _text(child: Child) -> str:
    return (bytes(child.stdout.data) + bytes(child.stderr.data)).decode("utf-8", "replace")[-20_000:]


def main() -> None:
    """Read the spec that the first argument names, and write outcome.json beside it."""
    path = Path(sys.argv[1])
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    spec = Spec(**record)
    if spec.isolated:
        loopback_up()
    rehearsed = asyncio.run(rehearse(spec, dict(os.environ), MonotonicClock()))
    path.with_name(OUTCOME).write_text(json.dumps(asdict(rehearsed)), encoding="utf-8")


if __name__ == "__main__":
    main()
