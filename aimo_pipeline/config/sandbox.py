"""What model-written programs may use, and how they are kept in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LimitsConfig:
    """What a model-written program may use; a zero means no limit.

    Attributes:
        cpu_s: processor time.
        memory_bytes: address space.
        output_bytes: what it may print.
        open_files: descriptors.
        file_bytes: the longest file, where it may write one at all.
        processes: processes and threads, in the sandbox only.
        int_digits: longest integer that is turned into decimal digits or back, in the sandbox only; traces
            print big integers, which Python's own limit of 4300 digits forbids.
    """

    cpu_s: int = 20
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20
    open_files: int = 64
    file_bytes: int = 1 << 20
    processes: int = 64
    int_digits: int = 100_000


@dataclass(frozen=True)
class SandboxConfig:
    """How model-written programs are kept in.

    Attributes:
        slots: programs that run at the same time; 0: as many as there are cores.
        spares: children kept waiting for a program; None: as many as slots.
        memory_bytes: address space granted to all running programs together; 0: most of what is free.
        allow_missing: run programs also where a required protection does not work.
        text_only: where programs cannot be confined, run none and go on, instead of raising.
        allow_fork: let stateless programs fork (they never may execute another program).
        namespaces: put the fork server into namespaces of its own, where that is allowed.
        start_s: longest wait for the fork server to preload and to try its protections.
        lease_s: longest wait for a session's process; a fork server that takes longer hangs and is replaced.
        replay_s: longest time for running a lost session's cells again.
        session_imports: statements that a session starts with; the defaults are what models take for granted
            in recorded tool use. One whose module is missing is left out.
    """

    slots: int = 0
    spares: int | None = None
    memory_bytes: int = 0
    allow_missing: bool = False
    text_only: bool = False
    allow_fork: bool = False
    namespaces: bool = True
    start_s: float = 60.0
    lease_s: float = 10.0
    replay_s: float = 30.0
    session_imports: tuple[str, ...] = ("import random", "import numpy as np", "import sympy as sp")
