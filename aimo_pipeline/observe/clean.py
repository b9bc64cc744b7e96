"""What must never stand in a journal is taken out: secrets, and absolute paths, which tell about the machine.

Known secrets (values of environment variables whose names say so) go wherever they stand. Unknown ones are
recognised by the form that their issuers give them, or by a name before them that says what they are.

Not covered: a secret of no known form, under no telling name, that is not in the environment either. A path
of two names outside the folders that machines have at their root (/a/b), for that may be a fraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MARK = "[secret]"

# A word begins here: also after an escaped line end, for much is JSON within JSON or a program's repr.
_WORD = r"(?:\b|(?<=\\[nrtbf]))"
# A path begins here, which an address (https://...) does not. The slash comes first, since a plain letter at
# the beginning of a pattern is found quickly; so what must stand before it is looked for after it.
_ROOT = r"/(?:(?<![\w.\\/:]/)/*|(?<![\w.\\/]/)(?!/)|(?<=\bfile:/)/+|(?<=\\[nrtbf]/)/*)"
_NAME = r"[\w.+@~-]+"
# What machines have at their root; elsewhere one slash may be a fraction, so it takes three names.
_TOPS = (
    "home|root|Users|tmp|etc|usr|opt|var|mnt|media|dev|proc|sys|srv|run|lib|lib64|bin|sbin|boot|snap|nix|private"
    "|Volumes|Library|kaggle|content|workspace|workspaces|work|app|scratch|data"
)
# The last part of a path is enough to understand.
_PATH = re.compile(rf"{_ROOT}(?:{_NAME}/+){{2,}}({_NAME})")
_TOP = re.compile(rf"{_ROOT}(?:{_TOPS})/+(?:{_NAME}/+)*({_NAME})")
# Within quotes there may be spaces in it.
_QUOTED = re.compile(
    r"""/(?<=(["'`])/)/*(?:[\w.+@~-][^"'`\n/\\{}$()]*/+)+([\w.+@~-][^"'`\n/\\{}$()]*)(?=\\?\1)""",
)
# A letter, a colon and backslashes alone may be a function in LaTeX.
_WINDOWS = re.compile(
    rf"{_WORD}[A-Za-z]:\\{{1,4}}(?:Users|Windows|ProgramData|Program Files[^\\]*)\\{{1,4}}"
    rf"(?:[\w .+@~-]+\\{{1,4}})*([\w.+@~-]+)"
)

_FORMS = re.compile(
    rf"""
      {_WORD}sk-[A-Za-z0-9_-]{{16,}}
    | {_WORD}(?:hf|gh[pousr]|glpat|npm|pypi|xox[abprs]|github_pat)[_-][A-Za-z0-9_-]{{16,}}
    | {_WORD}(?:AKIA|ASIA)[0-9A-Z]{{16}}\b
    | {_WORD}AIza[0-9A-Za-z_-]{{30,}}
    | {_WORD}eyJ[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]{{8,}}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(rf"{_WORD}(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{{16,}}")
_IN_URL = re.compile(rf"{_WORD}([a-z][a-z0-9+.-]*://)[^\s/:@]+:[^\s/@]+@")
_NAMED = re.compile(
    r"""(?P<name>\b\w{0,40}(?:api_?key|token|secret|password|passwd|credential)s?\b\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)
        (?P<value>(?=[^\s"']*[0-9])(?=[^\s"']*[A-Za-z])[A-Za-z0-9+/._~-]{16,}={0,2})(?![\w(])""",
    re.VERBOSE | re.IGNORECASE,
)

# A rule, what it puts in place, and what stands in every text that it changes (for the names, in a text whose
# case is folded); to look for that first spares most texts, also long programs, all of the patterns.
_FORMED = (
    *("sk-", "hf_", "hf-", "ghp", "gho", "ghu", "ghs", "ghr", "glpat", "npm", "pypi", "xox", "github_pat"),
    *("AKIA", "ASIA", "AIza", "eyJ", "PRIVATE KEY"),
)
_SECRETIVE = ("apikey", "api_key", "token", "secret", "passw", "credential")
_RULES: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = (
    (_FORMS, MARK, _FORMED),
    (_BEARER, rf"\1 {MARK}", ("Bearer", "Basic")),
    (_IN_URL, rf"\1{MARK}@", ("://",)),
    (_NAMED, rf"\g<name>{MARK}", _SECRETIVE),
    (_QUOTED, r".../\2", ("/",)),
    (_PATH, r".../\1", ("/",)),
    (_TOP, r".../\1", ("/",)),
    (_WINDOWS, r"...\\\1", (":\\",)),
)
# Short texts come again and again: names of problems, stages and events, digests, causes.
_REMEMBERED_CHARACTERS, _REMEMBERED = 80, 20_000
_NO_TEXT = frozenset({int, float, bool, type(None)})


def _spellings(secret: str) -> Iterator[str]:
    """As it is, and as JSON, Python's repr and addresses have it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield quote(secret, safe="")


@dataclass
class Cleaner:
    """Cleans values of any nesting.

    Attributes:
        secrets: known ones, literally.
        limit: of characters, for texts of other fields than `whole`.
        whole: names of a record's fields that are never cut.
        changed: how many texts have lost something to the rules since `changed` was last set to 0; a text
            that is only cut does not count.
    """

    secrets: tuple[str, ...]
    limit: int
    whole: frozenset[str] = frozenset()
    changed: int = field(default=0)
    _plain: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        spelt = {form for secret in self.secrets for form in _spellings(secret)}
        self._known = sorted(spelt, key=lambda form: (-len(form), form))  # one may be a part of another

    def leaves(self, fields: Mapping[str, Any]) -> bool:
        """Whether `record` would leave them as they are; False also for what is none of JSON's own kinds."""
        plain = self._plain
        for name, value in fields.items():  # most values need no work: they are told apart without a call
            kind = type(value)
            if kind not in _NO_TEXT and (kind is not str or value not in plain):
                if not self._leaves(value, name in self.whole):
                    return False
        return True

    def _leaves(self, value: Any, whole: bool) -> bool:
        if isinstance(value, str):
            if len(value) <= _REMEMBERED_CHARACTERS:
                return self._short(value) == value
            return (whole or len(value) <= self.limit) and self.text(value) == value
        if isinstance(value, tuple | list):
            return all(self._leaves(item, whole) for item in value)
        if isinstance(value, dict):
            return all(self._leaves(key, True) and self._leaves(item, whole) for key, item in value.items())
        return type(value) in _NO_TEXT

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """The same record, every text in it made clean in place."""
        for name, value in record.items():
            record[name] = self._value(value, name in self.whole)
        return record

    def text(self, text: str) -> str:
        """One text without secrets and absolute paths, and without what UTF-8 cannot say."""
        cleaned = before = text if text.isascii() else text.encode("utf-8", "replace").decode()
        for secret in self._known:
            cleaned = cleaned.replace(secret, MARK)
        for pattern, instead, needs in _RULES:
            looked_in = cleaned.casefold() if needs is _SECRETIVE else cleaned
            for need in needs:
                if need in looked_in:
                    cleaned = pattern.sub(instead, cleaned)
                    break
        self.changed += cleaned != before
        return cleaned

    def _short(self, text: str) -> str:
        """As `text`, once for each."""
        if text in self._plain:
            return text
        cleaned = self.text(text)
        if cleaned == text and len(self._plain) < _REMEMBERED:
            self._plain.add(text)
        return cleaned

    def _value(self, value: Any, whole: bool) -> Any:
        if type(value) in _NO_TEXT:
            return value
        if isinstance(value, str):
            if len(value) <= _REMEMBERED_CHARACTERS:
                return self._short(value)
            text = self.text(value)
            return text if whole or len(text) <= self.limit else f"{text[: self.limit]}…[cut]"
        if isinstance(value, dict):
            return {self.text(key): self._value(item, whole) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(item, whole) for item in value]
        return value
