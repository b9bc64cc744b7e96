"""Runs attacks in a throw-away process and says of each which facts it broke.

Started by modes.py: python -m tests.trace.threats.judge sandbox|nothing [names...]; one JSON line before each
attack ({"begun": name}) and one after it (a verdict), so that a judge that an attack brings down is noticed.
"""

# ruff: noqa: T201

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.trace.sandbox import Sandbox
from tests.trace.threats.attack import Attack, Fact
from tests.trace.threats.catalogue import ATTACKS
from tests.trace.threats.ground import Cells, Ended, Ground, Sandboxed, Unprotected
from tests.trace.threats.victims import Planted, adopt_orphans, descendants, lower_own_file_limit, new_secret
from tests.trace.threats.world import World

_TEXT_CHARS = 400
_PATIENCE = 8.0

# What the next program must find as it always was.
PROBE = """
import builtins, decimal, json, math, os, resource, signal, sys
import numpy, sympy
from fractions import Fraction
print(math.sqrt(2), math.sin(1), len("abc"), 7 + 0, 3 + 4, sum([7, 1]), json.dumps([7]), Fraction(7, 2))
print(numpy.arange(4).sum(), sympy.factor("x**2 - 1"), decimal.Decimal(1) / 3)
print(sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.path, sorted(os.environ.items()))
mask = os.umask(0o77)
os.umask(mask)
print(mask, signal.getsignal(signal.SIGTERM), signal.pthread_sigmask(0, []))
print([resource.getrlimit(number) for number in range(10)])
"""


@dataclass(frozen=True)
class Verdict:
    """What one attack did.

    Attributes:
        attack: its name, with " (cell)" when it ran as a session's cell.
        broken: the facts that did not hold afterwards.
        kind: how it ended.
        ran_ms: from start to answer.
        late_ms: from its deadline until the answer came with every descendant gone; None if it ended earlier.
        text: the beginning of what came back.
    """

    attack: str
    broken: tuple[Fact, ...]
    kind: str
    ran_ms: float
    late_ms: float | None
    text: str


# Runs an attack's source; says how it ended and how many seconds it took.
Run = Callable[[str], Awaitable[tuple[Ended, float]]]


async def timed(ground: Ground, code: str, wall_s: float) -> tuple[Ended, float]:
    """Run a program and take its time."""
    start_s = time.perf_counter()
    ended = await ground.run(code, wall_s=wall_s)
    return ended, time.perf_counter() - start_s


async def judged(name: str, attack: Attack, world: World, run: Run) -> Verdict:
    """Run one attack and look at the world."""
    before = world.before()
    ended, ran_s = await run(attack.program(world.aims()))
    survivors = world.survivors(before)
    broken = world.broken(attack, ended, before, survivors=survivors)
    while left := world.survivors(before):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    late_ms = 1e3 * (ran_s - attack.wall_s) if ran_s >= attack.wall_s else None
    return Verdict(name, tuple(broken), ended.kind, 1e3 * ran_s, late_ms, ended.text[:_TEXT_CHARS])


def with_next(verdict: Verdict, clean: bool) -> Verdict:
    """The verdict with what the next program found."""
    return verdict if clean else Verdict(**{**vars(verdict), "broken": (*verdict.broken, Fact.NEXT)})


def say(line: dict[str, object]) -> None:
    """Tell whoever started this judge."""
    print(json.dumps(line), flush=True)


def begin(name: str) -> None:
    """Say which attack comes now."""
    say({"begun": name})


def give(verdict: Verdict) -> None:
    """Say what came of it."""
    say(asdict(verdict))


async def without_protection(attacks: Sequence[Attack]) -> None:
    """Run attacks in a bare worker, which is replaced after each."""
    planted = Planted()
    for attack in attacks:
        begin(attack.name)
        world, worker = World(planted, involve_self=False), Unprotected()
        clean = await worker.run(PROBE, wall_s=10.0)
        # A success has to be waited for, on a busy machine too; only what is to go on for ever is cut short.
        wall_s = attack.wall_s if attack.breaks is Fact.END else _PATIENCE * attack.wall_s
        verdict = await judged(attack.name, attack, world, partial(timed, worker, wall_s=wall_s))
        if verdict.kind in ("Ran", "Crashed"):
            verdict = with_next(verdict, await worker.run(PROBE, wall_s=2.0) == clean)
        give(verdict)
        worker.stop()
        world.close()
        planted.restore()


@dataclass
class Sibling:
    """A session that lives beside all attacks and has a secret in a variable."""

    cells: Cells
    secret: str
    pids: list[int]

    async def healthy(self) -> bool:
        """True while its variable is what it was."""
        ended = await self.cells.run("kept", wall_s=10.0)
        return ended.kind == "Ran" and self.secret in ended.text


@asynccontextmanager
async def sibling(ground: Sandboxed) -> AsyncIterator[Sibling]:
    """Open one."""
    before, secret = descendants(os.getpid()), new_secret()
    async with ground.session() as cells:
        await cells.run(f"kept = {secret!r}", wall_s=10.0)
        yield Sibling(cells, secret, sorted(descendants(os.getpid()) - before))


class InSandbox:
    """Runs attacks behind all layers, one sandbox for all of them."""

    def __init__(self, ground: Sandboxed, beside: Sibling, planted: Planted) -> None:
        self._ground, self._beside, self._planted = ground, beside, planted
        self._world = self._new_world()

    def _new_world(self) -> World:
        watched = [self._ground.sandbox.zygote_pid]
        return World(self._planted, involve_self=True, watched=watched, siblings=self._beside.pids)

    def close(self) -> None:
        """Take the world down."""
        self._world.close()

    async def start(self) -> None:
        """Run the probe once, before any attack."""
        self._clean = await self._ground.run(PROBE, wall_s=10.0)
        if self._clean.kind != "Ran":
            raise RuntimeError(f"the probe does not run: {self._clean}")

    async def program(self, attack: Attack) -> Verdict:
        """Run an attack as a program of its own."""
        run = partial(timed, self._ground, wall_s=attack.wall_s)
        verdict = await judged(attack.name, attack, self._world, run)
        clean = await self._ground.run(PROBE, wall_s=10.0) == self._clean
        return self._renewed(with_next(verdict, clean and await self._beside.healthy()))

    async def cell(self, attack: Attack) -> Verdict:
        """Run an attack as a session's cell; the next one must find the variable from before."""
        kept = Ended("", "")

        async def run(code: str) -> tuple[Ended, float]:
            nonlocal kept
            async with self._ground.session() as cells:
                await cells.run("kept = 41", wall_s=10.0)
                ended = await timed(cells, code, attack.wall_s)
                kept = await cells.run("kept + 1", wall_s=10.0)
            return ended

        verdict = await judged(f"{attack.name} (cell)", attack, self._world, run)
        clean = kept.kind == "Ran" and "42" in kept.text and await self._beside.healthy()
        return self._renewed(with_next(verdict, clean))

    def _renewed(self, verdict: Verdict) -> Verdict:
        if verdict.broken:
            self._world.close()
            self._planted.restore()
            self._world = self._new_world()
        return verdict


LIMITS = LimitsConfig(cpu_s=10, memory_bytes=512 << 20, output_bytes=1 << 18)


async def all_of(judge: InSandbox, attacks: Sequence[Attack]) -> None:
    """Run attacks, and say what came of each."""
    for attack in attacks:
        begin(attack.name)
        give(await judge.program(attack))
        if attack.cell:
            begin(f"{attack.name} (cell)")
            give(await judge.cell(attack))


async def with_protection(attacks: Sequence[Attack]) -> None:
    """Run attacks in the sandbox, as programs and where it says so as cells too."""
    planted, clock = Planted(), MonotonicClock()
    async with Sandbox.opened(SandboxConfig(slots=2, spares=0), clock=clock) as sandbox:
        say({"protections": asdict(sandbox.protections)})
        ground = Sandboxed(sandbox, LIMITS, clock)
        async with sibling(ground) as beside:
            judge = InSandbox(ground, beside, planted)
            try:
                await judge.start()
                await all_of(judge, attacks)
            finally:
                judge.close()


def main() -> None:
    """Entry point of the throw-away process."""
    ground, *names = sys.argv[1:]
    attacks = [attack for attack in ATTACKS if not names or attack.name in names]
    adopt_orphans()
    lower_own_file_limit()
    if ground == "nothing":
        import numpy  # noqa: F401 - warm, as the sandbox's fork server is
        import sympy  # noqa: F401

        asyncio.run(without_protection([attack for attack in attacks if attack.breaks is not None]))
    else:
        asyncio.run(with_protection(attacks))


if __name__ == "__main__":
    main()
