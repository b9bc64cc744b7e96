"""How work on problems ended, and when: what the run and its journals tell of the time that problems take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from aimo_pipeline.budget.value import FloatArray

IntArray = npt.NDArray[np.int64]


class Ending(IntEnum):
    """How work on a problem ended.

    ACCEPTED: with an answer that is held to be right. EXHAUSTED: nothing was left to try, more time would not
    have helped. STOPPED: time was up; what more of it would have brought is unknown.
    """

    ACCEPTED = 0
    EXHAUSTED = 1
    STOPPED = 2


@dataclass(frozen=True)
class Observation:
    """One problem that ended after `seconds` of work."""

    seconds: float
    ending: Ending


@dataclass(frozen=True)
class Endings:
    """One ended problem in each of several runs.

    Attributes:
        seconds: (runs,), from the problem's beginning.
        ending: (runs,), values of Ending.
        history: (runs,), in which it ended, see signals.py.
    """

    seconds: FloatArray
    ending: IntArray
    history: IntArray
