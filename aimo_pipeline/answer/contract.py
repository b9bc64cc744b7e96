"""What the problem asks for, read from its text, and whether an integer can be that.

The reading is cautious on one side: a modulus that is missed costs nothing, one that is imagined would
throw out right answers. So a modulus counts only in the sentence that asks, in a phrase that applies it to
the answer: "how many n leave the remainder 3 when divided by 7" asks for no remainder.

Not covered: a modulus given by a letter ("divided by $p$"), and contracts other than a remainder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN

_MOST_EXPONENT = 1_000
_SCAN_CHARS = 20_000  # the question stands at the end; bounds the time for a huge text
_DIGIT_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}

_INT = r"[0-9]{1,3}(?:(?:\{,\}|\\,|,)[0-9]{3})+(?![0-9])|[0-9]{1,40}"
_NUMBER = (
    r"(?:the\s+)?(?:(?:prime|number|integer|modulus)\s+){0,2}\$?\s*(?:[A-Za-z]\s*=\s*)?"
    rf"(?P<base>{_INT})\s*(?:\^\s*\{{?\s*(?P<power>[0-9]+)\s*\}}?)?(?:\s*(?P<sign>[+-])\s*(?P<shift>[0-9]+))?"
    r"\s*\$?(?!\s*(?:\\cdot|\\times|[*!^]|[0-9]))"
)
_ASK = r"(?:find|determine|compute|calculate|evaluate|report|give|state|what\s+is|what's|output|enter|submit)"
_SENTENCE_END = re.compile(r"(?<=[.?!;])\s+|\n\s*\n")
_REMAINDER = re.compile(
    rf"\b(?:{_ASK}|answer\s+(?:is|as|be))\s+(?:the\s+|its\s+)?remainder\b.{{0,600}}?"
    rf"\b(?:divided\s+by|division\s+by|dividing\s+.{{1,200}}?\bby)\s+{_NUMBER}",
    re.IGNORECASE | re.DOTALL,
)
_MODULO = re.compile(
    rf"\b{_ASK}\b(?P<what>.{{0,600}}?)(?:\bmodulo|\bmod|\\bmod|\\mod|\\pmod\s*\{{?)\s*{_NUMBER}\s*\}}?\s*[$.?!,;]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
# Here "modulo m" belongs to what is counted or found, not to the answer.
_INNER_MODULO = re.compile(
    r"\\equiv|congruen|solution|residue|\broot|invert|inverse|\border\b|\bunits?\b|generator|such that|satisf"
    r"|distinct",
    re.IGNORECASE,
)
_LAST_DIGITS = re.compile(
    rf"\b{_ASK}\s+the\s+(?:last|final)\s+(?P<count>\w+)\s+(?:decimal\s+)?digits\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Contract:
    """What every answer to a problem keeps: 0..99999, and below `modulus` where a remainder is asked."""

    modulus: int | None


@dataclass(frozen=True)
class Kept:
    """The integer can be the answer."""

    value: int


@dataclass(frozen=True)
class OutOfContract:
    """The integer cannot be the answer; `reason` says why in one line."""

    reason: str


ContractOutcome = Kept | OutOfContract


def _value(match: re.Match[str]) -> int | None:
    """The modulus that _NUMBER matched; None when it is below 2 or its power is too large to write out."""
    base = int(re.sub(r"[^0-9]", "", match["base"]))
    power = int(match["power"] or 1) if len(match["power"] or "") < 5 else _MOST_EXPONENT + 1
    if power > _MOST_EXPONENT:
        return None
    shift = int(match["shift"][:100] or 0) if match["shift"] else 0
    value = base**power + (-shift if match["sign"] == "-" else shift)
    return value if value >= 2 else None


def _asked_in(sentence: str) -> int | None:
    """The modulus that one sentence asks for."""
    digits = _LAST_DIGITS.search(sentence)
    if digits is not None:
        count = _DIGIT_WORDS.get(digits["count"].lower())
        return None if count is None else 10**count
    remainder = _REMAINDER.search(sentence)
    if remainder is not None:
        return _value(remainder)
    modulo = _MODULO.search(sentence)
    if modulo is not None and not _INNER_MODULO.search(modulo["what"]):
        return _value(modulo)
    return None


def read_contract(text: str) -> Contract:
    """Read what a problem asks for.

    Args:
        text: the problem, in any state.

    Returns:
        The modulus of the last sentence that asks for a remainder, or a contract without a modulus.
    """
    for sentence in reversed(_SENTENCE_END.split(text[-_SCAN_CHARS:])):
        modulus = _asked_in(" ".join(sentence.split()))  # long runs of spaces would cost the patterns dearly
        if modulus is not None:
            return Contract(modulus)
    return Contract(None)


def check(value: int, contract: Contract) -> ContractOutcome:
    """Hold an integer to the contract; it is never reduced into range, since that would hide a mistake.

    Returns:
        Kept, or OutOfContract with the reason.
    """
    shown = str(value) if abs(value) < 10**20 else f"an integer of {value.bit_length()} bits"
    if not ANSWER_MIN <= value <= ANSWER_MAX:
        return OutOfContract(f"{shown} lies outside {ANSWER_MIN}..{ANSWER_MAX}")
    if contract.modulus is not None and value >= contract.modulus:
        return OutOfContract(f"{shown} is no remainder modulo {contract.modulus}")
    return Kept(value)
