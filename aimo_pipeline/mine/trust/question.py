"""What is asked of the miners."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What is to be explained and foretold.

    Attributes:
        terms: the known ones, by position 0, 1, ...
        first_indices: the index of position 0; several if it isn't known, the likeliest first.
        positions: the terms that will be asked for.
        modulus: they will be asked for modulo this; None for exact values.
    """

    terms: tuple[int, ...]
    first_indices: tuple[int, ...]
    positions: tuple[int, ...] = ()
    modulus: int | None = None
