"""How each stage can end: unions of frozen dataclasses, closed with assert_never by their readers.

A dead end is an outcome, never an exception; exceptions are for bugs and broken machines
(see errors.py).
"""

from __future__ import annotations

from aimo_pipeline.outcome.answer import (
    Attempted,
    AttemptOutcome,
    Cause,
    Chosen,
    ContractOutcome,
    Kept,
    NoAnswer,
    NothingToChoose,
    OutOfContract,
    Source,
    VoteOutcome,
)
from aimo_pipeline.outcome.mine import (
    Ambiguous,
    BadTerms,
    Constant,
    FitOutcome,
    Found,
    MineOutcome,
    NothingFits,
    OutlierSuspected,
    Rival,
    TooFewTerms,
)
from aimo_pipeline.outcome.process import Exited, ProcessKilled, ProcessOutcome, ProcessTimedOut
from aimo_pipeline.outcome.trace import (
    Crashed,
    Killed,
    Ran,
    RunOutcome,
    TimedOut,
    Traced,
    TraceFailed,
    TraceOutcome,
)
from aimo_pipeline.outcome.verify import Compiled, Proved, Refuted, Rejected, Unknown, Unsupported, Verdict

__all__ = [
    "Ambiguous",
    "AttemptOutcome",
    "Attempted",
    "BadTerms",
    "Cause",
    "Chosen",
    "Compiled",
    "Constant",
    "ContractOutcome",
    "Crashed",
    "Exited",
    "FitOutcome",
    "Found",
    "Kept",
    "Killed",
    "MineOutcome",
    "NoAnswer",
    "NothingFits",
    "NothingToChoose",
    "OutOfContract",
    "OutlierSuspected",
    "ProcessKilled",
    "ProcessOutcome",
    "ProcessTimedOut",
    "Proved",
    "Ran",
    "Refuted",
    "Rejected",
    "Rival",
    "RunOutcome",
    "Source",
    "TimedOut",
    "TooFewTerms",
    "TraceFailed",
    "TraceOutcome",
    "Traced",
    "Unknown",
    "Unsupported",
    "Verdict",
    "VoteOutcome",
]
