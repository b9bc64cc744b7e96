"""The modulus by which a sentence asks for its answer to be reduced.

The reading is cautious on one side: a modulus that is missed costs nothing, one that is imagined would
throw out right answers. So a modulus counts only in the sentence that asks, in a phrase that applies it to
the answer: "how many n leave the remainder 3 when divided by 7" asks for no remainder.

Not covered: a modulus given by a letter ("divided by $p$").
"""

from __future__ import annotations

import re

_MOST_EXPONENT = 1_000
_DIGIT_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}

INTEGER = r"[0-9]{1,3}(?:(?:\{,\}|\\,|,)[0-9]{3})+(?![0-9])|[0-9]{1,40}"
_NUMBER = (
    r"(?:the\s+)?(?:(?:prime|number|integer|modulus)\s+){0,2}\$?\s*(?:[A-Za-z]\s*=\s*)?"
    rf"(?P<base>{INTEGER})\s*(?:\^\s*\{{?\s*(?P<power>[0-9]+)\s*\}}?)?(?:\s*(?P<sign>[+-])\s*(?P<shift>[0-9]+))?"
    r"\s*\$?(?!\s*(?:\\cdot|\\times|[*!^]|[0-9]))"
)
ASK = r"(?:find|determine|compute|calculate|evaluate|report|give|state|what\s+is|what's|output|enter|submit)"
_REMAINDER = re.compile(
    rf"\b(?:{ASK}|answer\s+(?:is|as|be))\s+(?:the\s+|its\s+)?remainder\b.{{0,600}}?"
    rf"\b(?:divided\s+by|division\s+by|dividing\s+.{{1,200}}?\bby)\s+{_NUMBER}",
    re.IGNORECASE | re.DOTALL,
)
_MODULO = re.compile(
    rf"\b{ASK}\b(?P<what>.{{0,600}}?)(?:\bmodulo|\bmod|\\bmod|\\mod|\\pmod\s*\{{?)\s*{_NUMBER}\s*\}}?\s*[$.?!,;]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
# Here "modulo m" belongs to what is counted or found, not to the answer.
_INNER_MODULO = re.compile(
    r"\\equiv|congruen|solution|residue|\broot|invert|inverse|\border\b|\bunits?\b|generator|such that|satisf"
    r"|distinct",
    re.IGNORECASE,
)
_LAST_DIGITS = re.compile(
    rf"\b{ASK}\s+the\s+(?:last|final)\s+(?P<count>\w+)\s+(?:decimal\s+)?digits\b", re.IGNORECASE
)


def _value(match: re.Match[str]) -> int | None:
    """The modulus that _NUMBER matched; None when it is below 2 or its power is too large to write out."""
    base = int(re.sub(r"[^0-9]", "", match["base"]))
    power = int(match["power"] or 1) if len(match["power"] or "") < 5 else _MOST_EXPONENT + 1
    if power > _MOST_EXPONENT:
        return None
    shift = int(match["shift"][:100] or 0) if match["shift"] else 0
    value = base**power + (-shift if match["sign"] == "-" else shift)
    return value if value >= 2 else None


def last_digits_in(sentence: str) -> int | None:
    """10^k where a sentence asks for the last k digits, k from 2 to 5."""
    found = _LAST_DIGITS.search(sentence)
    count = _DIGIT_WORDS.get(found["count"].lower()) if found else None
    return None if count is None else 10**count


def remainder_in(sentence: str) -> int | None:
    """The modulus of a remainder that a sentence asks for.

    Args:
        sentence: with single spaces only; long runs of them would cost the patterns dearly.
    """
    if _LAST_DIGITS.search(sentence):
        return None
    remainder = _REMAINDER.search(sentence)
    if remainder is not None:
        return _value(remainder)
    modulo = _MODULO.search(sentence)
    if modulo is not None and not _INNER_MODULO.search(modulo["what"]):
        return _value(modulo)
    return None
