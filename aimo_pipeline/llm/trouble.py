"""Why a start of the model's server came to nothing, as its log and its canary tell it.

vLLM's last words are "Engine core initialization failed. See root cause above": the cause stands some sixty
lines further up, so lines that name an error are kept beside the last ones.

Source: the messages of vLLM 0.32's worker, cache and argument checks, and logs of failed starts (tests).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Literal

Cause = Literal[
    "memory", "context", "model", "arguments", "port", "late", "empty", "noise", "wrong", "hung", "died"
]

_TAIL_LINES = 40
_ERROR_LINES = 40
_TAIL_CHARACTERS = 4_000
_DETAIL_CHARACTERS = 300

# What stands before a line of the engine's own processes.
_HEAD = re.compile(r"^(?:\([^)]*pid=[0-9]+\)\s*)?(?:ERROR\s+[^\[]{0,40}\[[^\]]*\]\s*)?")
_RAISED = re.compile(r"(?:[A-Za-z_][\w.]*(?:Error|Exception|OutOfMemory)|[\w./ ]{1,40}: error): ?\S")
# pydantic says in the next line what is wrong.
_GOES_ON = re.compile(r"validation errors? for \S+$")
# Errors that only say that there was another one.
_ECHO = re.compile(r"Engine core initialization failed|EngineDeadError|WorkerProc initialization failed")

_CAUSES: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (
        "context",
        re.compile(
            r"To serve at least one request|estimated maximum model length"
            r"|KV cache is needed, which is larger"
            r"|larger than the maximum number of tokens that can be stored in KV cache"
        ),
    ),
    (
        "memory",
        re.compile(
            r"out of memory|OutOfMemory|Free memory on device|No available memory for the cache blocks"
            r"|Cannot allocate memory|Not enough memory|MemoryError|less than desired GPU memory utilization"
            r"|is less than requested memory|DefaultCPUAllocator: can't allocate|[Ii]nsufficient memory",
            re.IGNORECASE,
        ),
    ),
    ("port", re.compile(r"[Aa]ddress already in use|EADDRINUSE|Errno 98")),
    (
        "model",
        re.compile(
            r"SafetensorError|Cannot find any model weights|not a valid JSON file|HFValidationError"
            r"|does not appear to have a file|HeaderTooLarge"
            r"|Repo id must be|LocalEntryNotFoundError|unexpected end of file|PytorchStreamReader"
        ),
    ),
    (
        "arguments",
        re.compile(
            r"unrecognized arguments|invalid choice|: error: |validation errors? for|expected one argument"
        ),
    ),
)
_LENGTH = re.compile(
    r"(?:estimated maximum model length is |derived max_model_len \((?:[a-z_]+=)?)([0-9]{2,9})"
)
_UNKNOWN = re.compile(r"unrecognized arguments: (.*)")
_REFUSED = re.compile(r"argument (--[a-z0-9-]+)")


@dataclass(frozen=True)
class Trouble:
    """Why a server is not fit for problems.

    Attributes:
        cause: "memory": the device's or the machine's is too small; "context": the KV cache is, for one
            request; "model": files are missing or broken; "arguments": this vLLM does not know one; "port":
            it is taken; "late": not ready in time; "empty", "noise", "wrong": its canary, or its replies;
            "hung": it was ready, and answers no more; "died": anything else.
        detail: in one line.
        context_tokens: the longest context that would fit, where the log says so.
        refused: arguments that this vLLM does not take, such as "--stream-interval".
    """

    cause: Cause
    detail: str
    context_tokens: int | None = None
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"


class Log:
    """What a server wrote: its last lines, and the last ones of those that name an error."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._errors: deque[str] = deque(maxlen=_ERROR_LINES)
        self.written = 0

    def feed(self, text: str) -> None:
        """More of it, in whole lines."""
        self.written += len(text)
        for line in text.splitlines():
            plain = _HEAD.sub("", line)
            if _RAISED.match(plain):
                self._errors.append(plain.strip())
            elif self._lines and _GOES_ON.search(self._lines[-1]) and self._errors:
                self._errors[-1] = f"{self._errors[-1]}: {plain.strip()}"
            self._lines.append(line)

    def root(self) -> str:
        """The line that names what went wrong, as far as there is one."""
        told = [line for line in self._errors if not _ECHO.search(line)] or list(self._errors)
        last = [line.strip() for line in self._lines if line.strip()]
        return (told or last or ["it wrote nothing"])[-1][:_DETAIL_CHARACTERS]

    def trouble(self, status: int | None) -> Trouble:
        """What a process that ended by itself died of."""
        told = [line for line in self._errors if not _ECHO.search(line)]
        # The last error is the one that ended it; one before it may say more, as "out of memory" does.
        for line in reversed(told[-8:] or [self.root()]):
            for cause, pattern in _CAUSES:
                if pattern.search(line):
                    return _with_particulars(cause, line)
        return Trouble("died", f"its process ended with status {status}: {self.root()}")

    def tail(self) -> str:
        """The last lines, with the error before them where they do not hold it."""
        lines, root = "\n".join(self._lines), self.root()
        if root and root not in lines and self._errors:
            lines = f"{root}\n[...]\n{lines}"
        return lines if len(lines) <= _TAIL_CHARACTERS else f"{root}\n[...]\n{lines[-_TAIL_CHARACTERS:]}"


def _with_particulars(cause: Cause, line: str) -> Trouble:
    length, unknown = _LENGTH.search(line), _UNKNOWN.search(line)
    refused = [word for word in unknown[1].split() if word.startswith("--")] if unknown else []
    if cause == "arguments" and not refused:
        refused = _REFUSED.findall(line)
    return Trouble(
        cause, line[:_DETAIL_CHARACTERS], int(length[1]) if length else None, tuple(dict.fromkeys(refused))
    )
