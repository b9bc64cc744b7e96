"""Writes many constructs of Python by simpler ones, so that whoever compiles a program need not know them.

What comes out is Python again and gives the same values; lines stay those of the program. A construct that a
pass cannot write out is left as it is, and refused by the compiler with its line.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.parts import parts_of
from aimo_pipeline.translate.rewrite.changes import with_changes
from aimo_pipeline.translate.rewrite.constants import with_constants
from aimo_pipeline.translate.rewrite.dicts import with_dicts
from aimo_pipeline.translate.rewrite.helpers import with_helpers
from aimo_pipeline.translate.rewrite.lifted import with_lifted
from aimo_pipeline.translate.rewrite.loops import with_plain_loops
from aimo_pipeline.translate.rewrite.sets import with_sets
from aimo_pipeline.translate.rewrite.signatures import with_plain_signatures
from aimo_pipeline.translate.rewrite.small import without_small_things
from aimo_pipeline.translate.rewrite.texts import with_digits


def made_plain(tree: ast.Module) -> ast.Module:
    """The same program in fewer constructs; the tree that is given is changed."""
    for change in (
        without_small_things,
        with_changes,
        with_constants,
        with_lifted,
        with_plain_signatures,
        with_dicts,
        with_sets,
        with_digits,
        with_helpers,
        with_plain_loops,
    ):
        tree = change(tree)
        if any(map(_unplaced, parts_of(tree))):
            ast.fix_missing_locations(tree)
    return tree


def _unplaced(node: ast.AST) -> bool:
    """Whether a node that has a line in every program has none here."""
    return "end_lineno" in node._attributes and None in (
        getattr(node, "lineno", None),
        getattr(node, "end_lineno", None),
        getattr(node, "col_offset", None),
        getattr(node, "end_col_offset", None),
    )
