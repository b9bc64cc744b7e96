"""Which texts no Lean is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.verify.document import MAX_BYTES
from aimo_pipeline.verify.limits import unfit

LIMITS = LeanPoolConfig()


class TestUnfit:
    """What would cost a worker is refused with the reason, before one is started."""

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (f"-- {'x' * MAX_BYTES}", "bytes of Lean"),
            ("theorem t : True := \0", "NUL"),
            ("\ud800", "surrogate"),
            (f"theorem t : Eq {'7' * 1_000_000} 0 := by decide"[:MAX_BYTES], "digits"),
            (f"#check 0x{'f' * 200_000}", "digits"),
            (f"theorem t : {'(' * 1_000}True{')' * 1_000} := by decide", "brackets 1000 deep"),
            (f"{'(' * 1_000}", "brackets 1000 deep"),
            (f"theorem t : True := {'by exact ' * 5_000}trivial", "5000 words that nest"),
            (f"theorem t : {'True → ' * 5_000}True := by decide", "5001 words that nest"),
        ],
        ids=["size", "nul", "surrogate", "digits", "hex", "brackets", "open brackets", "tactics", "arrows"],
    )
    def test_it_says_why(self, body: str, said: str) -> None:
        assert said in (unfit(body, LIMITS) or "")

    @given(st.text(st.sampled_from("()[]{}⟨⟩0xf1_ a\n"), max_size=200))
    def test_small_texts_pass(self, body: str) -> None:
        assert unfit(body, LIMITS) is None
