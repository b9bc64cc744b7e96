"""The text of a document and the lines of its theorems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.outcome import Rejected
from aimo_pipeline.verify.document import (
    MAX_BYTES,
    SENTINEL,
    LeanDocument,
    Rendered,
    Theorem,
    natively,
    render,
)


class TestRender:
    """Spans point at the theorems, whatever line breaks their parts hold; malformed parts are Rejected."""

    @given(st.lists(st.text(st.sampled_from("ab\n\u2028\x0b ")), max_size=6), st.text(st.sampled_from("x\n")))
    def test_each_span_begins_with_its_theorem(self, proofs: list[str], definitions: str) -> None:
        theorems = tuple(Theorem(f"t{i}", "1 = 1", proof) for i, proof in enumerate(proofs))
        whole = render(LeanDocument(("TraceToLean.Value",), definitions, theorems))
        assert isinstance(whole, Rendered)
        lines = whole.text.split("\n")
        for name, (first, last) in whole.spans.items():
            assert lines[first - 1].startswith(f"theorem {name} : 1 = 1 := ")
            assert lines[last].startswith(("theorem ", SENTINEL))
        assert lines[whole.last_line - 1] == SENTINEL

    def test_definitions_are_compiled_to_code_only_where_code_may_settle_a_theorem(self) -> None:
        document = LeanDocument((), "def f := 1\ndef g := f", (Theorem("t", "g = 1", "by rfl"),))
        for_kernel, for_code = render(document), render(natively(document, "t"))
        assert isinstance(for_kernel, Rendered) and isinstance(for_code, Rendered)
        assert "\nnoncomputable def f := 1\nnoncomputable def g := f\n" in for_kernel.text
        assert "\ndef f := 1\ndef g := f\n" in for_code.text

    @pytest.mark.parametrize(
        "document",
        [
            LeanDocument((), "", (Theorem("a b", "1 = 1", "rfl"),)),
            LeanDocument((), "", (Theorem("a\n", "1 = 1", "rfl"),)),
            LeanDocument((), "", (Theorem("a", "1 = 1", "rfl"), Theorem("a", "1 = 1", "rfl"))),
            LeanDocument(("A\nimport B",), "", ()),
            LeanDocument((), "\0", ()),
            LeanDocument((), "\ud800", ()),
            LeanDocument((), "x" * (MAX_BYTES + 1), ()),
        ],
        ids=["space", "newline", "twice", "import", "nul", "surrogate", "size"],
    )
    def test_malformed_parts_are_rejected(self, document: LeanDocument) -> None:
        assert isinstance(render(document), Rejected)
