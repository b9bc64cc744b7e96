"""One Lean for many documents: what one leaves behind, and no audit kept out, is not there for the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimo_pipeline.outcome import Compiled, Proved
from aimo_pipeline.verify import wasm
from aimo_pipeline.verify.document import LIBRARY_IMPORTS
from aimo_pipeline.verify.engine import self_test
from tests.verify.leftovers import LEFTOVERS
from tests.verify.test_adversarial import STOPPED

# Of the attacks, those in which the theorem says something else than it seems to. No axiom gives them away.
ANOTHER_STATEMENT = {"a notation for the statement", "a macro", "a weakened statement"}


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

    def test_without_the_audit_of_the_text_only_another_statement_is_proved(
        self, real_lean, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wasm, "audit_text", lambda _: None)

        async def work() -> set[str]:
            found = set()
            for name, document in STOPPED.items():
                whole = replace(document, imports=LIBRARY_IMPORTS)
                verdicts = await real_lean.engine.check(whole, deadline=real_lean.deadline())
                if isinstance(verdicts["bad"], Proved | Compiled):
                    found.add(name)
            return found

        assert real_lean.run(work()) == ANOTHER_STATEMENT
