"""How large a recurrence with polynomial coefficients is."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import MineConfig


@dataclass(frozen=True)
class Limits:
    """How far to search: largest order, degree and number of coefficients, and fewest spare equations."""

    order: int
    degree: int
    coefficients: int
    spare: int

    @classmethod
    def of(cls, config: MineConfig) -> Limits:
        """The miner's."""
        return cls(
            config.p_recursive.max_order,
            config.p_recursive.max_degree,
            config.p_recursive.max_coefficients,
            config.p_recursive.min_spare,
        )


@dataclass(frozen=True, order=True)
class Shape:
    """Order and degree of a recurrence; they sort by the number of coefficients."""

    coefficients: int
    order: int
    degree: int

    @classmethod
    def of(cls, order: int, degree: int) -> Shape:
        """The shape with (order + 1)(degree + 1) coefficients."""
        return cls((order + 1) * (degree + 1), order, degree)
