"""What rules say of later terms: soon after the known ones by walking there, far out by evaluation.

Walking gives all the terms on the way at the cost of one far value, which most families' methods for far
indices take several times over when the index is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Algebraic, Formula
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate
from aimo_pipeline.mine.definition import stream
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import Found


@dataclass
class Foretold:
    """What rules give for a question's later terms, kept once it is known.

    Attributes:
        question: its terms, in which positions are counted from 0, and its modulus.
    """

    question: Question
    config: MineConfig
    _rows: dict[Formula, tuple[int, ...]] = field(default_factory=dict)
    _far: dict[tuple[Formula, int], int | CannotEvaluate] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Positions below it are those at which any two rules are compared."""
        return len(self.question.terms) + self.config.compared_terms

    def at(self, rule: Found, position: int) -> int | CannotEvaluate:
        """The term at a position, modulo question.modulus if there is one."""
        modulus, formula = self.question.modulus, rule.formula
        if 0 <= position < self.end and (modulus is None or modulus > 0):
            row = self.row(rule)
            if position < len(row):
                return row[position] if modulus is None else row[position] % modulus
        if (formula, position) not in self._far:
            self._far[formula, position] = evaluate(formula, formula.first_index + position, modulus)
        return self._far[formula, position]

    def row(self, rule: Found) -> tuple[int, ...]:
        """The rule's terms from position 0 on, self.end of them; fewer if it gives no more, or they are huge.

        None at all are walked to where each takes longer than the one before, or they are many.
        """
        if rule.formula not in self._rows:
            long = len(self.question.terms) > self.config.max_walked_terms
            slow = long or isinstance(rule.formula, Algebraic)
            self._rows[rule.formula] = () if slow else tuple(self._walk(rule.formula))
        return self._rows[rule.formula]

    def _walk(self, formula: Formula) -> Iterator[int]:
        known, bits = len(self.question.terms), 0
        most, always = self.config.max_walked_bits, known + self.config.min_walked_terms
        for place, term in enumerate(islice(stream(formula), self.end)):
            if term.bit_length() > MAX_BITS:
                return
            yield term
            bits += term.bit_length() if place >= known else 0
            if bits > most and place + 1 >= always:
                return
