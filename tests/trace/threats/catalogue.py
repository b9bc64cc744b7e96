"""All attacks, under the headings of the threat model."""

from __future__ import annotations

from tests.trace.threats import bombs, files, kernel, network, processes, results, spying, time_and_memory
from tests.trace.threats.attack import Attack

CATALOGUE: dict[str, tuple[Attack, ...]] = {
    "without end": time_and_memory.ENDLESS,
    "memory": time_and_memory.MEMORY,
    "output": time_and_memory.OUTPUT,
    "bombs and programs": bombs.BOMBS,
    "spying on processes": spying.SPYING,
    "signals": processes.SIGNALS,
    "meddling": processes.MEDDLING,
    "reading files": files.READING,
    "writing files": files.WRITING,
    "filling disks": files.FILLING,
    "network": network.NETWORK,
    "system calls": kernel.CALLS + kernel.SEGMENTS,
    "forged results": results.FORGING,
    "the next program": results.TAMPERING,
}

ATTACKS: tuple[Attack, ...] = tuple(attack for group in CATALOGUE.values() for attack in group)
