"""Texts that stand in the journal once and are named by a hash where they come again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextKept:
    """A part of a prompt, or a program; `digest` is its name, see Journal.keep."""

    digest: str
    text: str


@dataclass(frozen=True)
class PromptSent:
    """A conversation went to a language model, told once for each distinct one.

    Attributes:
        prompt_sha256: as completions name it: of the list of (role, text, thinking), as JSON without spaces.
        parts: "role:digest" of each message; the digest is that of a TextKept, or the first 16 hex digits of
            the SHA-256 of a text that another event tells whole (a completion, a problem).
        thinking: for each message such a digest of what was thought before it, "" where nothing was; empty
            where nothing was thought at all.
    """

    prompt_sha256: str
    parts: tuple[str, ...]
    thinking: tuple[str, ...] = ()
