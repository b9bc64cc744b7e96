"""Memory as the kernel tells it."""

from __future__ import annotations

import os

import pytest

from aimo_pipeline.verify import memory
from aimo_pipeline.verify.memory import counts_shares, held_bytes, proportional_bytes, resident_bytes


class TestMemory:
    """What a process holds is read from the kernel; of one that is gone it is 0."""

    def test_a_process_holds_something_and_its_share_is_no_more(self) -> None:
        resident, share = resident_bytes(os.getpid()), proportional_bytes(os.getpid())
        assert share is not None and 1 << 20 < share <= 2 * resident

    def test_one_that_is_gone_holds_nothing(self) -> None:
        gone = 1 << 30
        assert (resident_bytes(gone), proportional_bytes(gone), held_bytes(gone)) == (0, None, 0)

    def test_a_worker_counts_with_its_share_where_the_kernel_tells_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert counts_shares()
        monkeypatch.setattr(memory, "resident_bytes", lambda pid: 300)
        monkeypatch.setattr(memory, "proportional_bytes", {1: 100, 2: None}.get)
        assert [held_bytes(pid) for pid in (1, 2)] == [100, 300]
