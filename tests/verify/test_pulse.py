"""A process has come to a halt when look after look next to nothing has moved in it; everything else is
patience."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aimo_pipeline.verify import pulse
from aimo_pipeline.verify.pulse import Pulse


class TestPulse:
    """Only looks in a row with hardly any processor time count, and none of a process that waits for a disk
    or for a processor."""

    @pytest.mark.parametrize(
        ("looks", "still"),
        [
            ([("R", 5), ("R", 25), ("S", 45)], 0),
            ([("R", 5), ("T", 5), ("T", 5)], 2),
            ([("R", 5), ("T", 5), ("R", 25)], 0),
            ([("R", 5), ("S", 6), ("S", 6), ("R", 7), ("S", 9)], 3),
            ([("R", 5), ("R", 5), ("R", 6), ("R", 6)], 0),
            ([("R", 5), ("S", 5), ("D", 5)], 0),
            ([("S", 0), ("S", 0), ("S", 0)], 0),
            ([("R", 5), ("", 0), ("", 0)], 0),
        ],
        ids=[
            "works",
            "stopped",
            "went on",
            "only looks whether to go on",
            "gets no processor",
            "waits for a disk",
            "time is not counted",
            "gone",
        ],
    )
    def test_what_looks_come_to(
        self, looks: list[tuple[str, int]], still: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = iter(looks)
        monkeypatch.setattr(pulse, "_state_and_ticks", lambda pid: next(seen))
        one = Pulse()
        for _ in looks:
            one.look(1)
        assert one.still == still

    def test_a_real_process_that_is_stopped_has_halted(self) -> None:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
            one = Pulse()
            while pulse._state_and_ticks(child.pid)[1] == 0:
                time.sleep(0.01)
            os.kill(child.pid, signal.SIGSTOP)
            while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
                time.sleep(0.01)
            for _ in range(4):
                one.look(child.pid)
            child.kill()
        assert one.still == 3
        one.look(child.pid)
        assert one.still == 0
