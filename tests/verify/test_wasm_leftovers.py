"""One Lean for many documents: what one leaves behind is not there for the next."""

from __future__ import annotations

import pytest

from aimo_pipeline.outcome import Proved
from aimo_pipeline.verify.engine import self_test
from tests.verify.leftovers import LEFTOVERS


@pytest.mark.lean
class TestLeftovers:
    """A document fares as if it were the first, whatever went before it and whatever no audit kept out."""

    def test_no_document_profits_or_suffers_from_an_earlier_one(self, real_lean) -> None:
        async def work() -> dict[str, bool]:
            engine, found = real_lean.engine, {}
            await self_test(engine, real_lean.deadline())
            worker = engine._kept._waiting[0]
            for name, one in LEFTOVERS.items():
                await engine.read(one.first, deadline=real_lean.deadline())
                verdicts = await engine.check(one.then, deadline=real_lean.deadline())
                found[name] = isinstance(verdicts["later"], Proved)
            # All of it happened to the same process.
            assert engine._kept._waiting[0] is worker
            return found

        assert real_lean.run(work()) == {name: one.true for name, one in LEFTOVERS.items()}
