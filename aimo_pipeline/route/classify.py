"""Guesses subject and traceability from words; no model, no state, the same answer every time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from aimo_pipeline.domain import Problem, Route, Subject

# Weights: 3 for a word that hardly occurs in another subject, 1 for a hint. The stem is enough.
_WORDS: Mapping[Subject, Mapping[str, int]] = MappingProxyType(
    {
        Subject.GEOMETRY: {
            r"triangle": 3, r"circumcirc|incirc|circumcent|incent|orthocent|centroid": 3, r"\bangle": 2,
            r"quadrilateral|trapezoid|trapezium|parallelogram|polygon": 2, r"cyclic|concyclic|tangent": 2,
            r"perpendicular|parallel|bisector|altitude|midpoint": 2, r"\bcircles?\b|radius|diameter": 2,
            r"perimeter|\barea\b": 1, r"\\angle|\\triangle|\\overline": 2,
        },
        Subject.COMBINATORICS: {
            r"how many|number of ways|in how many": 2, r"tiling|tiles?\b|domino": 3,
            r"permutation|arrangement|ordering|seated|coloring|colouring|colou?red": 3,
            r"lattice path|\bpaths?\b|\bgrid\b|board": 2,
            r"subsets?|sequences? of length|strings?|words? of length": 2,
            r"tournament|graph|vertices|players?|runners?": 2, r"\bmoves?\b|\bcoins?\b|\bcards?\b": 1,
            r"\\binom|choose": 1,
        },
        Subject.NUMBER_THEORY: {
            r"divisors?\b|divisib|divides": 2, r"\bprimes?\b|coprime|relatively prime|\\gcd|\\lcm|\bgcd\b": 3,
            r"sum of (?:the |its )?(?:decimal )?digits|digit sum|base-?\$?b|base \$?[0-9]": 3,
            r"\\equiv|congruen|\\phi|totient": 3, r"perfect square|perfect cube|trailing zero": 2,
            r"integers? solutions?|diophantine": 2, r"remainder|modulo|\\pmod|\bmod\b": 1,
        },
        Subject.ALGEBRA: {
            r"polynomial|roots? of": 3, r"functional equation|functions? \$?\\?[a-z]": 2,
            r"real numbers?|complex": 2,
            r"\bsolve\b|equations?": 2, r"inequalit|maximum value|minimum value": 2,
            r"\\sqrt|\\log|\\frac": 1, r"sequence|recurrence|f\(": 1,
        },
    }
)  # fmt: skip
_SCAN_CHARS = 20_000
_COUNTS_OR_ITERATES = re.compile(
    r"how many|number of|remainder|modulo|\bmod\b|sequence|sum of|last \w+ digits|largest|smallest",
    re.IGNORECASE,
)


def _scores(text: str) -> dict[Subject, int]:
    return {
        subject: sum(weight for pattern, weight in words.items() if re.search(pattern, text, re.IGNORECASE))
        for subject, words in _WORDS.items()
    }


def _subject(text: str) -> Subject:
    scores = _scores(text)
    if _COUNTS_OR_ITERATES.search(text):
        scores[Subject.GEOMETRY] = 0  # figures are only what it counts
    best = max(scores, key=lambda subject: scores[subject])  # the first of equals: order of Subject's table
    return best if scores[best] else Subject.OTHER


def _traceable(text: str, subject: Subject) -> bool:
    """A missed trace costs a proof, a needless one a few seconds: only clear cases are kept out."""
    return subject is not Subject.GEOMETRY and any(character.isalnum() for character in text)


def route_by_words(problem: Problem) -> Route:
    """Classify a problem, at once and always in the same way.

    Args:
        problem: what is asked; its text may be empty, huge or malformed. Only the first and the last
            10,000 characters are read.

    Returns:
        The subject with the heaviest words, OTHER without any; and whether small cases look worth computing.
        The tier is the middle one: words do not tell how hard a problem is. What kind of integer is asked for
        is read with the answer's contract.
    """
    text = problem.text
    if len(text) > _SCAN_CHARS:
        text = text[: _SCAN_CHARS // 2] + text[-_SCAN_CHARS // 2 :]
    subject = _subject(text)
    return Route(subject, _traceable(text, subject))
