"""What follows the end of one life of the model's server: when the next one begins, and how it differs."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from aimo_pipeline.config import EngineConfig, SupervisionConfig
from aimo_pipeline.llm.easing import eased
from aimo_pipeline.llm.trouble import Trouble

# Somebody else's doing, from which nothing follows for the settings.
_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)
_SHORT_LIVES = 2


@dataclass(frozen=True)
class Ended:
    """How a life ended.

    Attributes:
        trouble: why.
        served_s: how long it was ready; None: it never was.
        status: of its process; None: we killed it.
    """

    trouble: Trouble
    served_s: float | None
    status: int | None


@dataclass(frozen=True)
class Next:
    """What is done next.

    Attributes:
        pause_s: before the next start.
        change: what is different about its settings; "" where nothing is.
        hopeless: so much has been tried that nobody should count on it, though it goes on being tried.
    """

    pause_s: float
    change: str
    hopeless: bool


class Course:
    """The settings of the next life, and what the lives before it came to.

    Attributes:
        engine: the settings.
    """

    def __init__(self, engine: EngineConfig, watching: SupervisionConfig) -> None:
        self.engine, self._watching = engine, watching
        self._first_start_s: float | None = None
        self._failed = self._late = self._short = 0

    def ready(self, start_s: float) -> None:
        """A start took so long, and was a good one."""
        self._first_start_s = self._first_start_s or start_s
        self._failed = self._late = 0

    def start_s(self) -> float:
        """How long the next start is waited for, however silent it is: from what the first one took."""
        config = self._watching
        wanted_s = config.start_s
        if self._first_start_s is not None:
            wanted_s = max(config.restart_least_s, config.restart_factor * self._first_start_s)
        return min(wanted_s * 2.0 ** min(self._late, 16), config.start_most_s)

    def after(self, ended: Ended) -> Next:
        """Take note of the end of a life."""
        if ended.served_s is not None:
            return self._after_service(ended, ended.served_s)
        trouble, config = ended.trouble, self._watching
        self._failed += 1
        self._late += trouble.cause == "late"
        change = self._eased(trouble, self._failed)
        hopeless = self._failed >= config.failed_starts or trouble.cause == "model"
        wanted_s = config.backoff_s * 2.0 ** (min(self._failed, 16) - 1)
        if trouble.cause == "model":  # a look at its files costs nothing
            wanted_s = config.backoff_s
        elif hopeless:
            wanted_s = config.backoff_most_s
        return Next(min(wanted_s, config.backoff_most_s), change, hopeless)

    def _after_service(self, ended: Ended, served_s: float) -> Next:
        """A server that was ready is started anew at once; one that fails again and again with less."""
        crashed = ended.status is not None and ended.status not in _FROM_OUTSIDE
        self._short = self._short + 1 if crashed and served_s < self._watching.short_life_s else 0
        told = ended.trouble.cause == "empty" or (crashed and ended.trouble.cause == "memory")
        change = self._eased(ended.trouble, self._short) if told or self._short >= _SHORT_LIVES else ""
        return Next(0.0, change, False)

    def _eased(self, trouble: Trouble, failed: int) -> str:
        found = eased(self.engine, trouble, failed=failed)
        self.engine = found.engine
        return found.change
