"""Whether a process that should compute has come to a halt: no processor time, and no wait for a disk.

Told by looks in a row rather than by a time: neither a clock that jumps nor a machine that was suspended as a
whole can then be taken for a halt, and a machine that is merely busy gives everyone a moment between looks.
"""

from __future__ import annotations

from pathlib import Path

_DISK = "D"


class Pulse:
    """What several looks at one process have shown.

    Attributes:
        still: looks in a row at which nothing had moved; 0 for a process that is not there, or whose
            processor time this machine does not count.
    """

    def __init__(self) -> None:
        self._ticks, self.still = 0, 0

    def look(self, pid: int) -> None:
        """To be called at even intervals of some tenths of a second; see man 5 proc."""
        state, ticks = _state_and_ticks(pid)
        halted = ticks > 0 and ticks == self._ticks and state != _DISK
        self._ticks, self.still = ticks, self.still + 1 if halted else 0


def _state_and_ticks(pid: int) -> tuple[str, int]:
    """The state's letter, and processor time in clock ticks; 0 of them when the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return fields[0], int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return "", 0
