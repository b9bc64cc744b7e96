"""Memory as the kernel tells it."""

from __future__ import annotations

import os

from aimo_pipeline.verify.memory import proportional_bytes, resident_bytes


class TestMemory:
    """What a process holds is read from the kernel; of one that is gone it is 0."""

    def test_a_process_holds_something_and_its_share_is_no_more(self) -> None:
        resident, share = resident_bytes(os.getpid()), proportional_bytes(os.getpid())
        assert 1 << 20 < share <= 2 * resident

    def test_one_that_is_gone_holds_nothing(self) -> None:
        assert (resident_bytes(1 << 30), proportional_bytes(1 << 30)) == (0, 0)
