"""Integers as models write them: read whole, or not at all, and never a number that only stands nearby.

The text is untrusted: every function takes any string, in time linear in its length.

Not covered: numbers in words, arithmetic that is left to the reader ("2^{10}"), digits of other scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# int() refuses decimal strings of more than 4,300 digits, and no answer comes near.
_MOST_CHARS = 4_000
# Takes the place of words in a formula, so that what stood on their two sides is not read as one number.
_WORDS = "\x00"
_NESTED = 4

_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|textrm|textsf|texttt|textnormal|mathrm|mathbf|mathit|mathsf|mathtt|mathnormal"
    r"|mbox|emph|boldsymbol|bm|operatorname|underline|ensuremath)\s*\{(?P<inner>[^{}]*)\}"
    r"(?P<power>\s*\^\s*\{?\s*-?[0-9]\s*\}?)?"
)
_COMMA = re.compile(r"(?<![A-Za-z])\{,\}")
_DEGREES = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\degree\b|°")
_COLOUR = re.compile(r"\\(?:text)?color\s*\{[A-Za-z!0-9]*\}")
_NOISE = re.compile(
    r"\\(?:displaystyle|textstyle|bfseries|bf|rm|it|large|Large|LARGE|huge|Huge|left|right)(?![A-Za-z])"
    r"|\\[!()\[\]$]|[$`\"]|\*\*|__"
)
_SPACE = re.compile(r"\\[,;: ]|\\(?:quad|qquad|thinspace|enspace|ldotp)(?![A-Za-z])|~|\s+")
_EQUALS = re.compile(r"=|\\equiv(?![A-Za-z])|≡")
_LABEL = re.compile(r"[^0-9:=]{0,80}:")
# "42 (mod 1000)", with nothing said to equal it afterwards.
_MODULO = re.compile(
    r"[\s\x00]*(?:\(\s*)?(?:\\[pb]?mod(?![A-Za-z])|\bmod(?:ulo)?\b)\s*\(?\{?(?P<modulus>[^=:]{1,40}?)\}?[\s.)]*$"
)
_POWER = re.compile(r"(?P<base>[0-9]{1,6})(?:\s*\^\s*\{?\s*(?P<power>[0-9]{1,3})\s*\}?)?")
_SEPARATOR = re.compile(r"[\x00;]|,(?![0-9]{3}(?![0-9]))")
_PLAIN = re.compile(
    r"(?P<sign>[+-]?) ?(?P<digits>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)(?:\.0*)?"
)
# Words before a number that state it, and words after it that count something.
_LEAD = re.compile(
    r"(?:[A-Za-z]+ ){0,12}(?:is|are|equals|be|answer|value|therefore|thus|hence)(?![A-Za-z]) ?"
)
_UNITS = re.compile(r"(?: [A-Za-z]{2,20}){1,4}\.?")
_NO_UNITS = frozenset(
    "or and to not plus minus times over choose factorial percent pi sqrt log ln sin cos tan exp squared"
    " cubed hundred thousand million billion trillion dozen if when where but unless maybe at".split()
)
_LONE = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)")
_BRACKETS = {"{": "}", "(": ")", "[": "]"}

# "the answer is **42**": a number right behind the words, which nothing goes on after.
_STATED = re.compile(
    r"\banswer\b[^.\n0-9]{0,60}?(?:\bis\b|\bequals\b|[:=>])"
    r"(?:[*$({\[\s]|\\[(\[]|\\(?:displaystyle|text|textbf|mathbf|mathrm|boxed)(?![A-Za-z])){0,12}"
    r"(?P<number>-?(?:[0-9]{1,3}(?:(?:\{,\}|\\,|,)[0-9]{3})+|[0-9]+))"
    r"(?![0-9]|,[0-9]|%|\s*(?:\\%|[.^!/*+\\-][^\s*$)}\]<]|(?:or|and|to|times|percent|mod)\b))",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")


def parse_integer(content: str) -> int | None:
    """Read one integer as people and LaTeX write it.

    Args:
        content: such as "336", "-5", "007", "12{,}345", "12 345", "x = 5", "\\text{42}", "90^\\circ",
            "12\\text{ cm}^2", "N \\equiv 42 \\pmod{1000}", "16385 = 2^{14}+1", "42.0", "the answer is 42".

    Returns:
        The integer, or None for anything else: fractions, other decimals, powers, words, several numbers,
        content of more than 4,000 characters.
    """
    if len(content) > _MOST_CHARS:
        return None
    text = _unwrapped(_COMMA.sub(",", content).replace("\u2212", "-").replace("{-}", "-"))
    text = _SPACE.sub(" ", _NOISE.sub("", _DEGREES.sub("", _COLOUR.sub("", text)))).strip()
    modulo = _MODULO.search(text)
    value = _of_parts(text[: modulo.start()] if modulo else text)
    return _reduced(value, modulo["modulus"]) if modulo and value is not None else value


def lone_integer(line: str) -> int | None:
    """The integer that a program printed: alone on its line, or behind a name and "="; "5.0" is none."""
    found = _LONE.fullmatch(line.rpartition("=")[2].strip()) if len(line) <= _MOST_CHARS else None
    return None if found is None else int(found[0].replace(",", ""))


def marked_integer(text: str) -> int | None:
    """The integer that a finished message marks as its answer without boxing it.

    Args:
        text: a whole final message, without its programs.

    Returns:
        What "the answer is ..." names, the last time; without that, the last line if it is an integer and
        nothing else; without that, the last bold integer; else None.
    """
    stated = [parse_integer(found["number"]) for found in _STATED.finditer(text)]
    if stated:
        return stated[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    value = parse_integer(lines[-1].lstrip("#> ")) if lines else None
    if value is not None:
        return value
    bold = [value for found in _BOLD.finditer(text) if (value := parse_integer(found[1])) is not None]
    return bold[-1] if bold else None


def _unwrapped(text: str) -> str:
    """Without \\text{...} and its like: numbers in them stay, words become one sign."""

    def content(found: re.Match[str]) -> str:
        inner = found["inner"]
        if inner.strip(" (") in ("mod", "modulo"):
            return " mod "
        if re.search("[0-9]", inner) or not re.search("[A-Za-z]", inner):
            return inner + (found["power"] or "")
        return _WORDS  # and a unit's exponent goes with it

    for _ in range(_NESTED):
        replaced = _WRAPPER.sub(content, text)
        if replaced == text:
            break
        text = replaced
    return text


def _of_parts(text: str) -> int | None:
    """From the one part that has a number, or from the last of several if that sums them up."""
    parts = [part.strip() for part in _SEPARATOR.split(text) if re.search("[0-9]", part)]
    if not parts:
        return None
    if len(parts) > 1:
        left, found, _ = parts[-1].partition("=")
        if not (found and re.search(r"[+*]|\\cdot|\\times", left)):
            return None
    return _of_sides(_LABEL.sub("", parts[-1], count=1) if _LABEL.match(parts[-1]) else parts[-1])


def _of_sides(part: str) -> int | None:
    """The last side of an equation, or the only side that is an integer."""
    sides = [_plain(side) for side in _EQUALS.split(part)]
    known = {side for side in sides if side is not None}
    return sides[-1] if sides[-1] is not None or len(known) != 1 else known.pop()


def _plain(side: str) -> int | None:
    text = side.strip()
    while text[:1] in _BRACKETS and text.endswith(_BRACKETS[text[0]]):
        text = text[1:-1].strip()
    for candidate in _without_words(text):
        found = _PLAIN.fullmatch(candidate)
        if found is not None:
            return int(found["sign"] + re.sub("[, ]", "", found["digits"]))
    return None


def _without_words(text: str) -> Iterator[str]:
    """The text, and what is left of it without words that state a number or that it counts."""
    yield text
    lead = _LEAD.match(text)
    if lead is not None and not _NO_UNITS & set(lead[0].lower().split()):
        text = text[lead.end() :].strip()
        yield text
    digits = re.match(r"[^A-Za-z]*[0-9]", text)
    units = _UNITS.fullmatch(text, digits.end()) if digits else None
    if digits is not None and units is not None:
        words = units[0].lower().replace(".", "").split()
        if not _NO_UNITS & set(words):
            yield digits[0]


def _reduced(value: int, modulus: str) -> int:
    """A number of which its writer says that it is meant modulo another one."""
    found = _POWER.fullmatch(modulus.replace(",", "").strip())
    if found is None or value < 0:
        return value
    return int(value % max(1, int(found["base"]) ** int(found["power"] or 1)))
