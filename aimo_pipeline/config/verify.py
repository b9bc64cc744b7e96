"""Which Lean is used, for how long, and how its workers are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class LeanPoolConfig:
    """Warm workers: of the official Lean, and of the embedded one what concerns it.

    Attributes:
        workers: most of them at a time; 0: as many as memory admits.
        reserve_bytes: of free memory that no worker may take.
        guess_bytes: what a worker is taken to need until one with the same header was measured.
        limit_bytes: resident memory at which a worker is ended.
        checks: after so many a worker is replaced by a fresh one.
        reruns: how often a check is done again, before its deadline, when its worker died by itself. One that
            was killed by SIGKILL (which is also what an exhausted memory sends) or SIGTERM does not count.
        embedded_checks, embedded_bytes: the same two limits for the embedded Lean's processes.
        output_bytes: most that a worker may write about one document.
        look_s: between two looks at a worker that checks, and at the machine's free memory.
        still_looks: after so many looks in a row at which it got no further it is held to hang, and its check
            is done again as if it had been killed.
        cached: most results that are kept.
        literal_digits, nesting: longest number and deepest brackets that Lean is asked to read; its own
            reading is quadratic in the one and overflows the stack on the other.
        nesting_words: most words in a line, such as `fun`, that may nest without brackets; a thousand cost a
            worker up to 40 s, some thousands more memory than it has.
    """

    workers: int = 0
    reserve_bytes: int = 4 << 30
    guess_bytes: int = 2 << 30
    limit_bytes: int = 8 << 30
    checks: int = 1_000
    embedded_checks: int = 500
    embedded_bytes: int = 3 << 30
    reruns: int = 2
    output_bytes: int = 8 << 20
    look_s: float = 0.2
    still_looks: int = 25
    cached: int = 4_096
    literal_digits: int = 20_000
    nesting: int = 256
    nesting_words: int = 1_000


@dataclass(frozen=True)
class VerifyConfig:
    """Which Lean is used and for how long.

    Attributes:
        engine: "auto" (official if found, else wasm), "official", "wasm" or "off".
        toolchain: folder of an official toolchain, if the user named one.
        wasm_home: folder with bin/lean.js, bin/lean.wasm and lib/lean, if present.
        node: the Node 24 executable, if present.
        check_s: wall clock for one document.
        start_s: wall clock for a cold start.
        spare_memory_bytes: free memory from which on the embedded engine keeps a process more, loaded, for
            when the one that checks is lost (about 2 GB each).
        program_steps: bytecode instructions of the trace program that the kernel is asked to follow;
            decides up to which index program and rule are compared.
        natural_steps: the same for programs on natural numbers, which the kernel runs much faster.
        max_compared: most indices at which program and rule are compared.
        min_compared: fewest indices for the rung CheckedTo.
        fewer_compared: where the program gave no value at some index, so many times fewer are tried.
        all_n: ask for program = rule at every index as well, where the program is a recurrence itself.
        native: where the kernel is too slow to follow the trace program, let Lean compile it, and say so
            (CompiledTo).
        native_start_s: wall clock for the start of an embedded Lean that makes code: it loads no compiled
            library but elaborates ours, some 30 s.
        native_steps: bytecode instructions of the trace program that compiled code is asked to follow.
        pool: the official Lean's workers.
    """

    engine: str = "auto"
    toolchain: Path | None = None
    wasm_home: Path | None = None
    node: Path | None = None
    check_s: float = 100.0
    start_s: float = 90.0
    spare_memory_bytes: int = 6 << 30
    program_steps: int = 20_000
    natural_steps: int = 400_000
    max_compared: int = 64
    min_compared: int = 3
    fewer_compared: int = 4
    all_n: bool = True
    native: bool = False
    native_start_s: float = 300.0
    native_steps: int = 10_000_000
    pool: LeanPoolConfig = field(default_factory=LeanPoolConfig)
