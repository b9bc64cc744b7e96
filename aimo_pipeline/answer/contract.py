"""What the problem asks for, read from its text, and whether an integer can be that.

Whatever is missed costs nothing; what is imagined would throw out right answers. So bounds and divisors count
only where the sentence that asks puts them on the answer itself: "the smallest multiple of 7 such that".

Not covered: bounds in words other than digits and "between", sums a + b + c of a form's coefficients.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from aimo_pipeline.answer.modulus import ASK, INTEGER, last_digits_in, remainder_in
from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN, Asked
from aimo_pipeline.outcome import ContractOutcome, Kept, OutOfContract

__all__ = ["Contract", "ContractOutcome", "Kept", "OutOfContract", "check", "read_contract", "reduced"]

_SCAN_CHARS = 20_000  # the question stands at the end; bounds the time for a huge text
_SENTENCE_END = re.compile(r"(?<=[.?!;])\s+|\n\s*\n")
_ASKS = re.compile(rf"\b{ASK}\b|\bhow many\b|\banswer\b", re.IGNORECASE)
_FLOOR = re.compile(rf"\b{ASK}\s+(?:the\s+value\s+of\s+)?\$*\s*\\(?:left\s*\\)?lfloor", re.IGNORECASE)
_FRACTION_SUM = re.compile(
    rf"\b{ASK}\s+(?:the\s+value\s+of\s+)?\$*\s*([a-z])\s*\+\s*([a-z])\s*\$*\s*[.?!]*\s*$", re.IGNORECASE
)
_LOWEST_TERMS = re.compile(
    r"\\[dt]?frac\s*\{?\s*([a-z])\s*\}?\s*\{?\s*([a-z])|\b([a-z])\s*/\s*([a-z])\b", re.IGNORECASE
)
_COPRIME = re.compile(
    r"coprime|relatively prime|lowest terms|simplest (?:form|terms)|irreducible", re.IGNORECASE
)
_COUNT = re.compile(rf"\bhow many\b|\b{ASK}\s+the\s+(?:total\s+)?number\s+of\b", re.IGNORECASE)
_EXTREME = rf"\b{ASK}\s+the\s+(?:smallest|largest|least|greatest|minimum|maximum|unique)\s+(?:positive\s+)?"
_MULTIPLE = re.compile(
    rf"{_EXTREME}(?:(?:integer\s+|number\s+)?multiple\s+of|(?:integer|number)\s+(?:that\s+is\s+)?divisible\s+by)"
    rf"\s+\$?(?P<divisor>{INTEGER})\$?(?!\s*[\\^*!0-9])",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    rf"(?:{_EXTREME}|\b{ASK}\s+the\s+)(?P<count>two|three|four|five|[2-5])-digit\s+(?:positive\s+)?"
    r"(?:integer|number|prime|multiple|perfect)",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}
_BETWEEN = re.compile(
    r"\banswer\s+(?:is|should\s+be|must\s+be|will\s+be|as)\s+(?:given\s+as\s+)?(?:an?\s+|the\s+)?"
    rf"(?:non-?negative\s+|positive\s+)?integer\s+(?:between|from)\s+\$?(?P<least>{INTEGER})\$?\s+(?:and|to)\s+"
    rf"\$?(?P<most>{INTEGER})",
    re.IGNORECASE,
)
_POSITIVE = re.compile(rf"{_EXTREME}integer|\b{ASK}\s+the\s+positive\s+integer", re.IGNORECASE)


@dataclass(frozen=True)
class Contract:
    """What every answer to a problem keeps.

    Attributes:
        modulus: it is a remainder modulo this, if one is asked for.
        asked: what kind of integer it is.
        least, most: it lies between them.
        divisor: it is a multiple of it.
    """

    modulus: int | None
    asked: Asked = Asked.VALUE
    least: int = ANSWER_MIN
    most: int = ANSWER_MAX
    divisor: int = 1


def _number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def _reducing(sentence: str) -> Contract | None:
    """The contract of a sentence that asks for a remainder or for last digits."""
    digits, remainder = last_digits_in(sentence), remainder_in(sentence)
    if digits is not None:
        return Contract(digits, Asked.LAST_DIGITS)
    return None if remainder is None else Contract(remainder, Asked.REMAINDER)


def _of_a_fraction(sentence: str, text: str) -> bool:
    """p + q is asked for, and the text has p/q in lowest terms."""
    asked = _FRACTION_SUM.search(sentence)
    if asked is None or not _COPRIME.search(text):
        return False
    letters = {tuple(filter(None, match.groups())) for match in _LOWEST_TERMS.finditer(text)}
    return asked.groups() in letters


def _kind(sentence: str, text: str) -> Asked:
    if _of_a_fraction(sentence, text):
        return Asked.FRACTION_SUM
    if _FLOOR.search(sentence):
        return Asked.FLOOR
    return Asked.COUNT if _COUNT.search(sentence) else Asked.VALUE


def _bounded(contract: Contract, sentence: str) -> Contract:
    """With the bounds and the divisor that a sentence puts on the answer itself."""
    least, most = contract.least, contract.most
    if found := _DIGITS.search(sentence):
        count = _COUNTS.get(found["count"].lower()) or int(found["count"])
        least, most = 10 ** (count - 1), 10**count - 1
    elif _POSITIVE.search(sentence):
        least = 1
    divided = _MULTIPLE.search(sentence)
    divisor = _number(divided["divisor"]) if divided else 1
    return replace(contract, least=least, most=most, divisor=max(1, divisor))


def _asking(sentences: list[str], text: str) -> Contract:
    """From the last sentence that asks for anything."""
    for sentence in reversed(sentences):
        if _ASKS.search(sentence):
            kind = _kind(sentence, text)
            contract = Contract(None, kind, least=2 if kind is Asked.FRACTION_SUM else ANSWER_MIN)
            return _bounded(contract, sentence) if kind is Asked.VALUE else contract
    return Contract(None)


def _ranged(contract: Contract, text: str) -> Contract:
    """With the range that the text gives for all answers, if it can be one."""
    found = _BETWEEN.search(text)
    if found is None:
        return contract
    least, most = max(contract.least, _number(found["least"])), min(contract.most, _number(found["most"]))
    return replace(contract, least=least, most=most) if least < most else contract


def read_contract(text: str) -> Contract:
    """Read what a problem asks for.

    Args:
        text: the problem, in any state.

    Returns:
        The modulus of the last sentence that asks for a remainder or for last digits; without one, the kind
        and the bounds of the last sentence that asks for anything.
    """
    text = text[-_SCAN_CHARS:]
    sentences = [" ".join(sentence.split()) for sentence in _SENTENCE_END.split(text)]
    for sentence in reversed(sentences):
        contract = _reducing(sentence)
        if contract is not None:
            return contract
    return _ranged(_asking(sentences, text), text)


def check(value: int, contract: Contract) -> ContractOutcome:
    """Hold an integer to the contract, as it is.

    Returns:
        Kept, or OutOfContract with the reason.
    """
    if not contract.least <= value <= contract.most:
        return OutOfContract(f"{_shown(value)} lies outside {contract.least}..{contract.most}")
    if contract.modulus is not None and value >= contract.modulus:
        return OutOfContract(f"{_shown(value)} is no remainder modulo {contract.modulus}")
    if value % contract.divisor:
        return OutOfContract(f"{_shown(value)} is no multiple of {contract.divisor}")
    return Kept(value)


def _shown(value: int) -> str:
    return str(value) if abs(value) < 10**20 else f"an integer of {value.bit_length()} bits"


def reduced(value: int, contract: Contract) -> ContractOutcome:
    """As check, for an integer from a model's own words: it may have been left to the reader to reduce.

    Returns:
        Kept with the remainder where the problem asks for one and the integer is none yet; never anything
        bent into range without the problem's saying so.
    """
    if contract.modulus is not None and value >= 0:
        value %= contract.modulus
    return check(value, contract)


def of_fraction(numerator: int, denominator: int, contract: Contract) -> int | None:
    """The integer that a fraction means: p + q in lowest terms or its floor, where that is asked for.

    Returns:
        Elsewhere its value if that is an integer, else None; None for a denominator of zero, and for p + q of
        a fraction that is not positive.
    """
    if denominator == 0:
        return None
    whole = numerator % denominator == 0 and contract.asked is not Asked.FRACTION_SUM
    if contract.asked is Asked.FLOOR or whole:
        return numerator // denominator
    if contract.asked is Asked.FRACTION_SUM and numerator * denominator > 0:
        shared = math.gcd(numerator, denominator)
        return (abs(numerator) + abs(denominator)) // shared
    return None
