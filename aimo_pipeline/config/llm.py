"""Where completions come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LlmConfig:
    """Where completions come from: recordings.

    Attributes:
        recordings: JSONL files, or folders of them, read by llm/replay.py.
    """

    recordings: tuple[Path, ...] = ()
