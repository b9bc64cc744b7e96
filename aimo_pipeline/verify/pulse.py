"""Whether a process that should compute has come to a halt: hardly any processor time, no wait for a disk.

Told by looks in a row rather than by a time: neither a clock that jumps nor a machine that was suspended as a
whole can then be taken for a halt, and a machine that is merely busy gives everyone a moment between looks.
Hardly any is not none: threads that wait for each other in vain, as the embedded Lean's do when some step of
it got no memory, wake up now and then to look, which takes 3 % of a core.
"""

from __future__ import annotations

from pathlib import Path

# Of processor time, 10 ms each: a tenth of a core in the 0.2 s between two looks.
_HEARTBEAT_TICKS = 2
_DISK, _RUNNABLE = "D", "R"


class Pulse:
    """What several looks at one process have shown.

    Attributes:
        still: looks in a row at which next to nothing had moved; 0 for a process that is not there, or whose
            processor time this machine does not count. One that wants a processor is not counted as still
            at that look: on a busy machine it may just have got none.
    """

    def __init__(self) -> None:
        self._ticks, self.still = 0, 0

    def look(self, pid: int) -> None:
        """To be called at even intervals of some tenths of a second; see man 5 proc."""
        state, ticks = _state_and_ticks(pid)
        idle = 0 < self._ticks <= ticks <= self._ticks + _HEARTBEAT_TICKS and state != _DISK
        if not idle:
            self.still = 0
        elif state != _RUNNABLE:
            self.still += 1
        self._ticks = ticks


def _state_and_ticks(pid: int) -> tuple[str, int]:
    """The state's letter, and processor time in clock ticks; 0 of them when the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return fields[0], int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return "", 0
