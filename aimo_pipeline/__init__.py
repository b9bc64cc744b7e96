"""Trace-to-Lean: olympiad answers with the strongest evidence that five hours can buy."""

__version__ = "0.1.0"
