"""How much of the machine is free for a run under stress, by trying it.

Where a machine is busy with other things a check by Lean takes ten seconds instead of two, and what does not
fit into a compressed grant would look like a fault of the run.
"""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

from aimo_pipeline.config import StressConfig

# One round of work takes some milliseconds, within which the interpreter's lock is not held.
_ROUNDS = 20_000


def free_share(seconds: float) -> float:
    """The share of the processors that this process gets when it asks for all of them, in (0, 1]."""
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        spent_s = sum(pool.map(_busy_s, [seconds] * threads))
    return min(1.0, max(0.01, spent_s / (threads * seconds)))


def _busy_s(seconds: float) -> float:
    """Processor time that a thread got in so many seconds of wall clock."""
    began_s, end_s = time.thread_time(), time.monotonic() + seconds
    while time.monotonic() < end_s:
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", _ROUNDS)
    return time.thread_time() - began_s


def affordable_scale(config: StressConfig, share: float) -> float:
    """By how much a run can be compressed where it gets this share of the machine: the less, the less."""
    return max(min(config.least_scale, config.scale), config.scale * min(1.0, share / config.usual_share))
