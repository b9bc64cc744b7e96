"""Looking through a program's tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aimo_pipeline.translate.parts import parts_of

SOURCES = sorted((Path(__file__).parents[2] / "aimo_pipeline" / "translate").rglob("*.py"))


class TestPartsOf:
    """What ast.walk gives, in its order, but for how names are used."""

    @pytest.mark.parametrize("path", SOURCES[::6], ids=lambda path: path.stem)
    def test_they_are_those_of_ast_walk(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        walked = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
        found = parts_of(tree)
        assert len(found) == len(walked)
        assert all(one is other for one, other in zip(found, walked, strict=True))

    def test_a_field_that_is_not_there_yet_is_passed_over(self) -> None:
        assert len(parts_of(ast.Return())) == 1
