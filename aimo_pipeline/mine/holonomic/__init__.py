"""Recurrences with polynomial coefficients, and algebraic generating functions."""
