"""The integer that a model's text ends with.

The reading itself is llm/reading.py, which tir needs as well; the name is kept here for readers of answers.
"""

from __future__ import annotations

from aimo_pipeline.llm.reading import boxed_integers, final_integer, parse_integer

__all__ = ["boxed_integers", "final_integer", "parse_integer"]
