"""A proof as Lean's own parser reads it, without a word of it being elaborated or run.

Lean turns a quotation, `` `(tactic| … ) ``, into a term that builds the syntax tree of what stands in it:
each node with its kind, each token with its text. That term is printed by Lean and read here, so that a proof
can be judged by what Lean takes it for. No program of ours is run inside Lean for it, so that also the
embedded Lean can do it, which lacks what most of them need.

Lean's manual, "Macros: Quotation"; src/Lean/Elab/Quotation.lean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import SENTINEL, SENTINEL_REPLY

# So that the tree is printed whole, and as plain applications.
_OPTIONS = (
    "set_option pp.maxSteps 10000000",
    "set_option pp.deepTerms true",
    "set_option pp.fieldNotation false",
    "set_option pp.structureInstances false",
)
_HEAD = re.compile(
    r"(?:private )?def quoted(?P<number>\d+) : Lean\.MacroM \(Lean\.TSyntax `tactic\) :=\s*"
    r"do\s+let (?P<info>\w+) ← Lean\.MonadRef\.mkInfoFromRefPos\s+"
    r"(?:let \w+ ← Lean\.getCurrMacroScope\s+let \w+ ← Lean\.MonadQuotation\.getContext\s+)?"
    r"pure\s+"
)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>\#\[|[()\[\],])|(?P<word>(?:«[^»]*»|[^\s()\[\],"«])+))""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_NODE = re.compile(r"Lean\.Syntax\.node[1-8]?\Z")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Token:
    """A keyword, a mark, a number (all of which are atoms to Lean) or an identifier."""

    text: str
    identifier: bool = False


@dataclass(frozen=True)
class Node:
    """A piece of syntax; `kind` is Lean's name for it, such as Lean.Parser.Tactic.intro."""

    kind: str
    children: tuple[Syntax, ...]


Syntax = Node | Token


@dataclass(frozen=True)
class NotRead:
    """There is no tree: the text is not one tactic to Lean, or Lean's answer is not understood."""

    reason: str


@dataclass(frozen=True)
class Question:
    """The document that has Lean print the trees of some tactics.

    Attributes:
        text: the document.
        spans: for each tactic its first line and the line of the command that prints it, 1-based.
    """

    text: str
    spans: tuple[tuple[int, int], ...]


def question(imports: Sequence[str], blocks: Sequence[str]) -> Question:
    """Ask Lean how it reads these blocks.

    Args:
        imports: of the document that the proofs are meant for, since they bring its syntax.
        blocks: each meant to be one tactic; must be free of `$`, by which a quotation is left again.
    """
    lines = [f"import {module}" for module in imports]
    lines += [*_OPTIONS, "noncomputable section", *(["open TraceToLean"] if imports else [])]
    spans = []
    for number, block in enumerate(blocks):
        first = len(lines) + 1
        quoted = f"def quoted{number} : Lean.MacroM (Lean.TSyntax `tactic) := `(tactic|\n{block}\n)"
        lines += [*quoted.split("\n"), f"#print quoted{number}"]
        spans.append((first, len(lines)))
    return Question("\n".join([*lines, SENTINEL, ""]), tuple(spans))


def trees(asked: Question, messages: Sequence[Message]) -> tuple[Syntax | NotRead, ...]:
    """The tree of each block, from all that Lean said of the question."""
    last = asked.text.count("\n")
    if [m.text.strip() for m in messages if m.line == last] != [SENTINEL_REPLY]:
        return (NotRead("Lean did not read to the end"),) * len(asked.spans)
    return tuple(
        _tree(number, [m for m in messages if first <= m.line <= line], line)
        for number, (first, line) in enumerate(asked.spans)
    )


def _tree(number: int, messages: Sequence[Message], line: int) -> Syntax | NotRead:
    errors = [message.text for message in messages if message.severity == "error"]
    if errors:
        return NotRead(f"Lean does not read it as a tactic: {' '.join(errors[0].split())[:200]}")
    printed = [message.text for message in messages if message.line == line]
    head = _HEAD.match(printed[0]) if len(printed) == 1 else None
    if head is None or head["number"] != str(number):
        return NotRead("Lean's answer is not understood")
    try:
        return _wrapped(_Terms(printed[0][head.end() :]).whole(), head["info"])
    except (_Strange, RecursionError):
        return NotRead("Lean's tree is not understood")


def tokens(syntax: Syntax) -> Iterator[Token]:
    """All tokens, in order."""
    if isinstance(syntax, Token):
        yield syntax
    else:
        for child in syntax.children:
            yield from tokens(child)


class _Strange(Exception):
    """The printed term is not of the expected form."""


@dataclass(frozen=True)
class _String:
    text: str


# An application or the items of a list, a word, or a string.
_Term = list["_Term"] | str | _String


class _Terms:
    """Reads what Lean's pretty printer makes of applications, lists, words and strings."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_cut(text))
        self._at = 0

    def whole(self) -> _Term:
        """The one term that the text is."""
        found = self._application(end=None)
        if self._at != len(self._tokens):
            raise _Strange
        return found

    def _peek(self) -> str | _String | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str | _String:
        self._at += 1
        return self._tokens[self._at - 1]

    def _application(self, end: str | None) -> _Term:
        parts: list[_Term] = []
        while (token := self._peek()) is not None and token not in (")", "]", ","):
            self._next()
            if token == "(":
                parts.append(self._application(")"))
                if self._peek() != ")":
                    raise _Strange
                self._next()
            elif token in ("[", "#["):
                parts.append(["#[", *self._items()])
            else:
                parts.append(token)
        if not parts:
            raise _Strange
        return parts[0] if len(parts) == 1 else parts

    def _items(self) -> Iterator[_Term]:
        while self._peek() != "]":
            yield self._application("]")
            if self._peek() == ",":
                self._next()
            elif self._peek() != "]":
                raise _Strange
        self._next()


def _cut(text: str) -> Iterator[str | _String]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _Strange
        at = found.end()
        if found["text"] is not None:
            yield _String(_ESCAPE.sub(_unescaped, found["text"][1:-1]))
        else:
            yield found["mark"] or found["word"]


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(found[3], found[3])


def _wrapped(term: _Term, info: str) -> Syntax:
    match term:
        case ["Lean.TSyntax.mk", inner]:
            return _syntax(inner, info)
    raise _Strange


def _syntax(term: _Term, info: str) -> Syntax:
    match term:
        case ["Lean.Syntax.atom", str(source), _String(text)] if source == info:
            return Token(text)
        case ["Lean.Syntax.ident", str(source), ["String.toRawSubstring'", _String(text)], _, _] if (
            source == info
        ):
            return Token(text, identifier=True)
        case ["Lean.Syntax.node", str(source), str(kind), ["#[", *children]] if source == info:
            return Node(_kind(kind), tuple(_syntax(child, info) for child in children))
        case [str(maker), str(source), str(kind), *children] if _NODE.match(maker) and source == info:
            if maker[-1].isdigit() and int(maker[-1]) == len(children):
                return Node(_kind(kind), tuple(_syntax(child, info) for child in children))
    raise _Strange


def _kind(quoted: str) -> str:
    if not quoted.startswith("`"):
        raise _Strange
    return quoted[1:]
