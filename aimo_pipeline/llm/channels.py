"""Reads the tokens of a harmony turn: cut at the special tokens, sorted by channel.

Headers are read for what they are meant to say. A header that can't be understood makes the turn a
NoCompletion("bad_header") that quotes it, unless the turn has an answer or a call all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openai_harmony import HarmonyEncoding

from aimo_pipeline.llm.calls import parses, unwrapped
from aimo_pipeline.llm.completer import NoCompletion
from aimo_pipeline.llm.wire import Said

_RECIPIENT = re.compile(r"\bto=([\w.]+)")
_CHANNEL = re.compile(r"<\|channel\|>\s*([A-Za-z]*)")
_DETAIL_CHARACTERS = 200


@dataclass(frozen=True)
class Tokens:
    """The special tokens of the format."""

    start: int
    end: int
    message: int
    channel: int
    constrain: int
    turn_end: int
    call: int

    @classmethod
    def of(cls, encoding: HarmonyEncoding) -> Tokens:
        """Those of an encoding."""
        names = ("start", "end", "message", "channel", "constrain", "return", "call")
        ids = [encoding.encode(f"<|{name}|>", allowed_special="all")[0] for name in names]
        return cls(*ids)


@dataclass(frozen=True)
class Piece:
    """One message of a turn.

    Attributes:
        header: its text, with special tokens spelled out; "" where there was none.
        body: its content; None where the turn ended within the header.
        called: it was closed by the token of a call.
        cut: it was not closed.
    """

    header: str
    body: str | None
    called: bool
    cut: bool

    @property
    def channel(self) -> str:
        """analysis, commentary, final; "" where it is none of these."""
        found = _CHANNEL.findall(self.header)
        name = found[-1].lower() if found else ""
        known = [one for one in ("analysis", "commentary", "final") if name and one.startswith(name[:5])]
        return known[0] if known else ""

    @property
    def recipient(self) -> str:
        """Who is called; "" for nobody."""
        found = _RECIPIENT.findall(self.header)
        return "" if not found or found[-1] in ("assistant", "user", "all") else found[-1]


def pieces(tokens: Sequence[int], *, encoding: HarmonyEncoding, special: Tokens) -> Iterator[Piece]:
    """Cut a turn into its messages.

    A new channel within a body closes it, and a message that follows without a start is one all the same;
    both are slips of the model from which the meaning can be told.
    """
    header: list[int] = []
    body: list[int] | None = None

    def piece(*, called: bool, cut: bool) -> Piece:
        text = None if body is None else encoding.decode(body)
        return Piece(encoding.decode(header), text, called, cut)

    for token in tokens:
        if token in (special.end, special.turn_end, special.call):
            if header or body is not None:
                yield piece(called=token == special.call, cut=False)
            header, body = [], None
        elif token in (special.start, special.channel) and body is not None:
            yield piece(called=False, cut=False)
            header, body = [token], None
        elif token == special.message and body is None:
            body = []
        elif body is None:
            header.append(token)
        else:
            body.append(token)
    if header or body is not None:
        yield piece(called=False, cut=True)


def read_channels(
    turn: Sequence[int], ending: str, *, encoding: HarmonyEncoding, tokens: Tokens
) -> Said | NoCompletion:
    """What a turn says.

    Args:
        turn: its tokens, from after "<|start|>assistant"; the closing one may be there or not.
        ending: "stop", or "length" or "deadline" where it was cut.
        encoding: gpt-oss's.
        tokens: its special tokens.

    Returns:
        Said with finish "tool" and the code as text where the turn ends in a call of python; NoCompletion for
        a turn without a word ("empty"), or without a word that can be understood ("bad_header").
    """
    found = list(pieces(turn, encoding=encoding, special=tokens))
    cut = ending in ("length", "deadline")
    thinking = "\n".join(one.body for one in found if one.body and _is_thought(one)).strip()
    last = found[-1] if found else None
    code = None if last is None or cut and last.cut else _code(last)
    if code is not None:
        return Said(code, thinking if not _is_thought(found[-1]) else _before(found), "tool")
    text = "\n".join(one.body for one in found if one.body and _is_text(one))
    worded = text.strip() or thinking and not _lost(found, cut)
    # A call that was cut in its code is no word, and no reason to begin anew: the attempt is cut.
    if worded or (cut and last is not None and last.cut and _code(last)):
        return Said(text, thinking, "length" if ending == "length" else "deadline" if cut else "stop")
    lost = _lost(found, cut)
    if lost:
        return NoCompletion("bad_header", f"{lost[-_DETAIL_CHARACTERS:]!r}")
    return NoCompletion("empty", f"the model ended ({ending}) without a word")


def _before(found: Sequence[Piece]) -> str:
    """The thinking, where the last piece looks like some but is a call."""
    return "\n".join(one.body for one in found[:-1] if one.body and _is_thought(one)).strip()


def _is_thought(piece: Piece) -> bool:
    return not piece.recipient and piece.channel in ("analysis", "commentary")


def _is_text(piece: Piece) -> bool:
    """The final channel; and a message without any channel, for where else should it go."""
    plain = piece.body is not None and not piece.channel and "<|channel|>" not in piece.header
    return not piece.recipient and (piece.channel == "final" or plain)


def _code(piece: Piece) -> str | None:
    """The code of a call: to python under any of its names, or to nobody where it is a program."""
    body = piece.body or ""
    if "python" in piece.recipient:
        return unwrapped(body) if body.strip() else None
    return body if piece.called and not piece.recipient and body.strip() and parses(body) else None


def _lost(found: Sequence[Piece], cut: bool) -> str:
    """What could not be understood at the turn's end: a header without end, an unknown channel or callee."""
    if not found:
        return ""
    last = found[-1]
    if last.body is None:
        return "" if cut and last.cut else last.header
    if last.recipient and "python" not in last.recipient:
        return f"{last.header}: {last.body}"
    known = _is_thought(last) or _is_text(last) or bool(last.recipient)
    return "" if known else f"{last.header}: {last.body}"
