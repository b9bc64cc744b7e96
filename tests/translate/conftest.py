"""Runs many small programs through Python and, in one document, through Lean's kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from aimo_pipeline.outcome import Verdict
from tests.lean import LONG_CHECK_S
from tests.translate.claims import Claim, claims_document

Kernel = Callable[[Sequence[Claim]], list[Verdict]]


@pytest.fixture
def kernel(real_lean) -> Kernel:
    """Asks the real Lean about claims, all in one document; one verdict for each, in order."""

    def check(claims: Sequence[Claim]) -> list[Verdict]:
        document = claims_document(claims)
        verdicts = real_lean.run(real_lean.engine.check(document, deadline=real_lean.deadline(LONG_CHECK_S)))
        return [verdicts[theorem.name] for theorem in document.theorems]

    return check
