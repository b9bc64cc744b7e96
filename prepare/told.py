"""What the user is told, one line each."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Missing(Exception):
    """Something that the user has to supply or mend; the message is one line that says how."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def last_line(log: Path, containing: str = "") -> str:
    """The log's last non-empty line, among those that contain a word if any do."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    chosen = [line for line in lines if containing in line] or lines or ["no message"]
    return chosen[-1][:300]
