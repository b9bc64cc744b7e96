"""Fixtures for every folder: a look at the machine's processes, one real Lean and one sandbox for all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.compressed import compressed_run  # noqa: F401 - fixture
from tests.lean import compiling_lean, lean_config, real_lean, wasm_config  # noqa: F401 - fixtures
from tests.lean_native import native_lean  # noqa: F401 - fixture
from tests.sandboxed import shared_sandbox  # noqa: F401 - fixture

# How long an example takes says how busy the machine is. A profile that the command line names comes later.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


class Processes:
    """Looks at the machine's processes."""

    def with_marker(self, marker: str) -> list[int]:
        """Ids of the processes whose command line holds `marker`; a zombie has no command line left."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended while we looked
        return found

    def appeared(self, marker: str, count: int = 1, within_s: float = 20.0) -> bool:
        """True as soon as `count` processes carry the marker."""
        return self.until(lambda: len(self.with_marker(marker)) >= count, within_s)

    def gone(self, marker: str, within_s: float = 10.0) -> bool:
        """True as soon as none carries it: an orphan is reaped by init, a moment later."""
        return self.until(lambda: not self.with_marker(marker), within_s)

    def children(self) -> set[int]:
        """Ids of the direct children of this process, zombies included."""
        return self.children_of(os.getpid())

    def children_of(self, pid: int) -> set[int]:
        """Ids of the direct children of a process, zombies included."""
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}

    def until(self, holds: Callable[[], bool], within_s: float = 20.0) -> bool:
        """True as soon as `holds()` is; False when time is up."""
        end_s = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > end_s:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture
def processes() -> Processes:
    return Processes()
