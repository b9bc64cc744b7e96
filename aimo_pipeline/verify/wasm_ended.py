"""How a process of the embedded Lean can end, and what that says."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import Child
from aimo_pipeline.verify.wasm_protocol import Axioms
from aimo_pipeline.verify.workers import was_killed

CRASHED = 71  # the launcher's exit status when a text broke it down
STDERR_CHARS = 300


@dataclass(frozen=True)
class Failed:
    """The process gave no result, and why.

    Attributes:
        lost: it died, or never came to life, and another might do.
        killed: it was lost to somebody else's signal, or came to a halt.
    """

    reason: str
    lost: bool = False
    killed: bool = False


@dataclass(frozen=True)
class Checked(Exited):
    """How a process for the text alone would have ended, and the axioms under the theorems asked about."""

    axioms: Axioms


def loss(ended: Exited | Failed) -> Failed | None:
    """The loss of the process to the machine; a document that Lean cannot digest ends it by itself."""
    if isinstance(ended, Failed):
        return ended if ended.lost else None
    if ended.status >= 0:
        return None
    reason = f"killed by signal {-ended.status}, as when memory is out"
    return Failed(reason, lost=True, killed=was_killed(ended.status))


def dead(child: Child, what: str) -> Failed:
    """Of a process that did not come so far as to be of use."""
    ended = child.exited.done()
    return Failed(f"{what}: {_stderr(child)}", lost=ended, killed=ended and was_killed(child.exited.result()))


def _stderr(child: Child) -> str:
    text = bytes(child.stderr.data).decode("utf-8", "replace").strip()
    return text[-STDERR_CHARS:] or "it said nothing"
