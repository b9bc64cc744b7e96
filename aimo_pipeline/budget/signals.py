"""What a problem has shown of itself so far, reduced to the few histories that a plan tells apart.

Looked at twice: once the trace programs have ended (TRACES_AT_S), and once a first round of attempts could
have agreed (AGREEMENT_AT_S). Before, between and after, a history is one of HISTORIES integers:
0: nothing yet; 1-3: the traces' outcome; 4-9: that and whether answers agree; 10: nothing will be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

TRACES_AT_S = 60.0
AGREEMENT_AT_S = 300.0

BEGUN = 0
AFTER_TRACES = slice(1, 4)
AFTER_AGREEMENT = slice(4, 10)
UNTOLD = 10
HISTORIES = 11


class Traces(IntEnum):
    """How the trace programs of a problem ended."""

    FAILED = 0
    RAN = 1
    MINED = 2


class Agreement(IntEnum):
    """Whether any two answers to a problem are equal."""

    SOME = 0
    NONE = 1


@dataclass(frozen=True)
class Signals:
    """What the pipeline can tell the budget about a problem in work.

    Attributes:
        traces: the best outcome of its trace programs; None: not known (yet).
        agreement: of the answers so far; None: not known (yet).
        decided: no further attempt can change the answer, or it is verified.
        checking: Lean is at work on a rule, which is not given up midway: its word is near.
    """

    traces: Traces | None = None
    agreement: Agreement | None = None
    decided: bool = False
    checking: bool = False

    def told(self) -> tuple[str | None, str | None]:
        """Traces and agreement in words, as events have them."""
        traces, agreement = self.traces, self.agreement
        return _word(traces), _word(agreement)


def _word(signal: IntEnum | None) -> str | None:
    return None if signal is None else signal.name.lower()


def history(signals: Signals, elapsed_s: float) -> int:
    """Which history a problem is in.

    Args:
        signals: as known now.
        elapsed_s: since the problem began.

    Returns:
        0..HISTORIES - 1; UNTOLD if what should be known by now is not.
    """
    if elapsed_s < TRACES_AT_S:
        return BEGUN
    if signals.traces is None:
        return UNTOLD
    if elapsed_s < AGREEMENT_AT_S:
        return AFTER_TRACES.start + signals.traces
    if signals.agreement is None:
        return UNTOLD
    return AFTER_AGREEMENT.start + len(Agreement) * signals.traces + signals.agreement
