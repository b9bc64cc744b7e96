"""Memory that forks copy little of; tried in a Python of its own, whose memory is as new."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
_HEAD = "from aimo_pipeline.trace.inside import memory\n"


def said(code: str) -> str:
    """What a new Python prints."""
    program = [sys.executable, "-c", _HEAD + code]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


class TestReserved:
    """Arenas that are taken early lie side by side, and later objects come to lie in them."""

    def test_what_comes_later_lies_between_what_was_kept(self) -> None:
        code = (
            "kept = memory.reserved(16)\n"
            "low, high = min(map(id, kept)), max(map(id, kept))\n"
            "later = [object() for _ in range(300_000)]\n"
            "print(high - low < 24 << 20, sum(low <= id(one) <= high for one in later) > 290_000)\n"
        )
        assert said(code) == "True True"


class TestPlugged:
    """After the gaps are filled, new objects of one size are neighbours."""

    def test_new_objects_lie_in_few_pages(self) -> None:
        code = (
            "gaps = [bytes(200) for _ in range(20_000)]\n"
            "del gaps[::7]\n"
            "def pages(): return len({id(one) >> 12 for one in [bytes(200) for _ in range(60)]})\n"
            "before = pages()\n"
            "kept = memory.plugged()\n"
            "print(before > 20, pages() <= 5)\n"
        )
        assert said(code) == "True True"

    def test_large_ones_too(self) -> None:
        code = (
            "gaps = [bytes(2000) for _ in range(5_000)]\n"
            "del gaps[::7]\n"
            "def span():\n"
            "    ids = [id(one) for one in [bytes(2000) for _ in range(40)]]\n"
            "    return max(ids) - min(ids)\n"
            "before = span()\n"
            "kept = memory.plugged()\n"
            "print(before > 400_000, span() < 200_000)\n"
        )
        assert said(code) == "True True"


class TestSettle:
    """What is kept is kept, and the program goes on as before."""

    def test_objects_are_what_they_were(self) -> None:
        code = "kept = []\nmine = list(range(1000))\nmemory.settle(kept)\nprint(bool(kept), sum(mine))\n"
        assert said(code) == "True 499500"
