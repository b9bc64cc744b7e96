"""Trace programs whose values are numbers and lists of numbers, as Lean terms about Nat only.

Lean's kernel computes with Nat by GMP and unfolds everything else step by step, so these run some fifty
times faster than the general form of ../program.py.
"""
