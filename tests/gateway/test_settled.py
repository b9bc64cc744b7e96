"""What is loaded is settled once; tried in a Python of its own, whose memory is as new."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said(code: str) -> str:
    """What a new Python prints."""
    head = "import gc, weakref\nfrom aimo_pipeline.gateway.settled import settle_memory\n"
    program = [sys.executable, "-c", head + code]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


class TestSettleMemory:
    """What was loaded is not looked at again; all objects are what they were, and new ones are freed."""

    def test_what_is_loaded_is_kept_out_of_later_collections(self) -> None:
        code = (
            "mine = [[number] for number in range(100_000)]\n"
            "settle_memory()\n"
            "print(gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 1000)\n"
            "print(sum(one[0] for one in mine))\n"
        )
        assert said(code) == "True True\n4999950000"

    def test_it_may_be_done_again_and_what_comes_later_is_freed(self) -> None:
        code = (
            "class Ring: pass\n"
            "settle_memory(); settle_memory()\n"
            "one = Ring(); one.self = one; seen = weakref.ref(one)\n"
            "del one; gc.collect()\n"
            "print(seen())\n"
        )
        assert said(code) == "None"
