"""The error model.

Three kinds of trouble, three ways:

- A dead end in the mathematics (no code, no rule, a refuted theorem) is an *outcome*; see outcome.py.
- Bad input from a user (a missing file, a CSV without columns) is a `UserError`: one line that
  says what is wrong and what to do next, printed by the entry point, exit status 2.
- A bug or a broken machine is any other exception. Each stage edge has one `boundary`, which turns
  it into a `StageError` that names the stage; the pipeline writes it to the journal and goes on.

`asyncio.CancelledError`, `KeyboardInterrupt` and `SystemExit` always pass through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class AimoError(Exception):
    """Base of every exception that this package raises on purpose."""


class UserError(AimoError):
    """Something the user can mend; the message says how."""


class StageError(AimoError):
    """A stage broke: a bug or a broken machine, not a dead end.

    Attributes:
        stage: the stage's verb, such as "mine".
        cause: the class of the exception underneath.
    """

    def __init__(self, stage: str, cause: str, message: str) -> None:
        super().__init__(f"{stage}: {cause}: {message}")
        self.stage = stage
        self.cause = cause


class EngineUnavailable(AimoError):
    """A resource (Lean, a model) cannot be had on this machine; the message says what is missing."""


class EngineSilent(EngineUnavailable):
    """A resource is there but did not answer this time."""


class SandboxUnavailable(AimoError):
    """This machine cannot confine model-written programs, or no longer starts them; the message says why."""


@contextmanager
def boundary(stage: str) -> Iterator[None]:
    """Turn any exception of the block into a StageError that names `stage`.

    Raises:
        StageError: chained to what went wrong. CancelledError passes through, and with it the time-out of
            an enclosing asyncio.timeout, because both are the caller's decision.
    """
    try:
        yield
    except StageError:
        raise
    except Exception as error:  # the one broad except of a stage: it re-raises, typed
        cause = _first_leaf(error)
        raise StageError(stage, type(cause).__name__, str(cause)[:500]) from error


def _first_leaf(error: Exception) -> Exception:
    """What went wrong first under a task group's exception group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
