"""What must never stand in a journal is taken out: secrets, and absolute paths, which tell about the machine.

Known secrets (values of environment variables whose names say so) go wherever they stand. Unknown ones are
recognised by the form that their issuers give them, or by a name before them that says what they are.

Not covered: a secret of no known form, under no telling name, that is not in the environment either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = "[secret]"

# The last part of a path is enough to understand.
_PATH = re.compile(r"(?<![\w.\\])/(?:[\w.+@-]+/){2,}([\w.+@-]+)")
_HOME = re.compile(r"(?<![\w.\\])/(?:home|root|Users)/(?:[\w.+@-]+/)*([\w.+@-]+)")
_WINDOWS = re.compile(r"\b[A-Za-z]:\\(?:[\w .+@-]+\\)+([\w.+@-]+)")

_FORMS = re.compile(
    r"""
      \bsk-[A-Za-z0-9_-]{16,}
    | \b(?:hf|gh[pousr]|glpat|npm|pypi|xox[abprs]|github_pat)[_-][A-Za-z0-9_-]{16,}
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bAIza[0-9A-Za-z_-]{30,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{16,}")
_IN_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/:@]+:[^\s/@]+@")
_NAMED = re.compile(
    r"""(?P<name>\b\w{0,40}(?:api_?key|token|secret|password|passwd|credential)s?\b["']?\s{0,3}[:=]\s{0,3}["']?)
        (?P<value>(?=[^\s"']*[0-9])(?=[^\s"']*[A-Za-z])[A-Za-z0-9+/._~-]{16,}={0,2})(?![\w(])""",
    re.VERBOSE | re.IGNORECASE,
)

# A rule, what it puts in place, and what stands in every text that it changes; to look for that first spares
# most texts, which are short and plain, all of the patterns.
_RULES: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = (
    (_FORMS, MARK, ("-", "_", "AKIA", "ASIA", "AIza", "eyJ")),
    (_BEARER, rf"\1 {MARK}", ("Bearer", "Basic")),
    (_IN_URL, rf"\1{MARK}@", ("://",)),
    (_NAMED, rf"\g<name>{MARK}", (":", "=")),
    (_PATH, r".../\1", ("/",)),
    (_HOME, r".../\1", ("/",)),
    (_WINDOWS, r"...\\\1", (":\\",)),
)


@dataclass
class Cleaner:
    """Cleans values of any nesting.

    Attributes:
        secrets: known ones, literally.
        limit: of characters, for texts that `whole` does not name.
        changed: how many texts have lost something to the rules since `changed` was last set to 0; a text
            that is only cut does not count.
    """

    secrets: tuple[str, ...]
    limit: int
    changed: int = field(default=0)

    def record(self, record: Mapping[str, Any], whole: Callable[[str], bool]) -> dict[str, Any]:
        """A record with every text in it clean; fields that are `whole` are never cut."""
        return {name: self._value(value, whole(name)) for name, value in record.items()}

    def text(self, text: str) -> str:
        """One text without secrets and absolute paths, and without what UTF-8 cannot say."""
        cleaned = before = text if text.isascii() else text.encode("utf-8", "replace").decode()
        for secret in self.secrets:
            cleaned = cleaned.replace(secret, MARK)
        for pattern, instead, needs in _RULES:
            for need in needs:
                if need in cleaned:
                    cleaned = pattern.sub(instead, cleaned)
                    break
        self.changed += cleaned != before
        return cleaned

    def _value(self, value: Any, whole: bool) -> Any:
        if isinstance(value, str):
            text = self.text(value)
            return text if whole or len(text) <= self.limit else f"{text[: self.limit]}…[cut]"
        if isinstance(value, dict):
            return {key: self._value(item, whole) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(item, whole) for item in value]
        return value
