"""Recurrences with constant coefficients, polynomials and cycles, over the integers and modulo m."""
