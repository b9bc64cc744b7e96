"""A statement of ours, sealed before any text of a model is seen, and the model's proofs of it.

In this order, so that no proof can bend what it proves:

1. `sealed` renders the statement, writes it to a file that nobody may write to, and keeps its hash.
2. A proof comes. Comments are dropped, a leading `by` is, and what audit.py and limits.py deny is Rejected.
3. Lean's parser reads it as ONE tactic block, in brackets; nothing is elaborated (quoted.py). Its tokens must
   be those of the text, its kinds and words on the allow list (tactics.py).
4. Only then is it put behind the sealed text and checked by the kernel; a second theorem of ours restates the
   claim and is proved by the first one's name, so that a weaker one would not do. The axioms are held to
   their allow list where the engine prints them.

Not covered: what the proof costs, which is for the deadline and the worker's limits.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.document import LeanDocument, Theorem, render
from aimo_pipeline.verify.engine import ReadingEngine
from aimo_pipeline.verify.limits import unfit
from aimo_pipeline.verify.quoted import NotRead, question, tokens, trees
from aimo_pipeline.verify.tactics import foreign

ATTEMPT, CLAIM = "attempt", "claim"
_PLACE = "\n"  # where the proof goes; the sealed text ends here
# Strings are denied, so that two dashes always begin a comment.
_COMMENT = re.compile(r"--.*")
_BY = re.compile(r"\A(:=[ \t]*)?by\b[ \t]*(?P<end>\n)?")


@dataclass(frozen=True)
class Claim:
    """What is to be proved; every word of it is ours.

    Attributes:
        imports: modules of our library.
        definitions: Lean text before the theorem; may be empty.
        statement: of the theorem.
    """

    imports: tuple[str, ...]
    definitions: str
    statement: str


@dataclass(frozen=True)
class SealedClaim:
    """A claim whose text is on disk, read-only, and known by its hash; made by `sealed`."""

    claim: Claim
    path: Path
    sha256: str

    @property
    def intact(self) -> bool:
        """Whether the file still has the text that was sealed."""
        try:
            return hashlib.sha256(self.path.read_bytes()).hexdigest() == self.sha256
        except OSError:
            return False


def _document(claim: Claim, block: str) -> LeanDocument:
    theorems = (
        Theorem(ATTEMPT, claim.statement, f"by{_PLACE}{block}"),
        Theorem(CLAIM, claim.statement, ATTEMPT),
    )
    return LeanDocument(claim.imports, claim.definitions, theorems)


def _before_the_proof(document: LeanDocument) -> str | Rejected:
    """The text of a document up to where the proof begins."""
    rendered = render(document)
    if isinstance(rendered, Rejected):
        return rendered
    first, _ = rendered.spans[ATTEMPT]
    lines = document.theorems[0].statement.count("\n") + first
    return "\n".join(rendered.text.split("\n")[:lines]) + "\n"


@contextmanager
def sealed(claim: Claim) -> Iterator[SealedClaim | Rejected]:
    """Seal a claim for the length of the block; Rejected for one that no document of ours contains."""
    document = _document(claim, "(trivial)")
    text = audit_text(document) or _before_the_proof(document)
    if isinstance(text, Rejected):
        yield text
        return
    with tempfile.TemporaryDirectory(prefix="aimo-claim-") as folder:
        path = Path(folder, "Claim.lean")
        path.write_text(text, "utf-8", newline="\n")
        path.chmod(0o444)
        yield SealedClaim(claim, path, hashlib.sha256(text.encode()).hexdigest())


async def check_proof(
    engine: ReadingEngine, claim: SealedClaim, proof: str, *, limits: LeanPoolConfig, deadline: Deadline
) -> Verdict:
    """Check a model's proof of a sealed claim.

    Args:
        engine: reads and checks.
        claim: what is to be proved.
        proof: tactics, with or without `by` before them.
        limits: how long numbers and how deep brackets may be.
        deadline: for all of it.

    Returns:
        Proved when the kernel accepted this very statement by this proof; Rejected when the proof is not of
        tactics that are allowed, or the claim was tampered with; Unknown when Lean does not accept it, or
        there is no telling in time. Never Refuted: a step that is false says nothing against the claim.
    """
    block = one_block(proof)
    document = _document(claim.claim, block)
    fault = _text_fault(block, document, limits) or await _read(engine, claim.claim, block, deadline)
    if fault is not None:
        return fault
    if not claim.intact or _before_the_proof(document) != claim.path.read_text("utf-8"):
        return Rejected("the sealed statement is not what it was")
    verdicts = await engine.check(document, deadline=deadline)
    attempt = verdicts[ATTEMPT]
    if isinstance(attempt, Refuted):
        return Unknown(f"a step of the proof is false: {attempt.message}")
    return verdicts[CLAIM] if isinstance(attempt, Proved) else attempt


def one_block(proof: str) -> str:
    """The proof in brackets, without comments and without the `by` that it may begin with."""
    lines = [_COMMENT.sub("", line).rstrip() for line in proof.split("\n")]
    text = textwrap.dedent("\n".join(line for line in lines if line))
    # Tactics behind `by` stand in one column with those of the next lines.
    text = _BY.sub(lambda found: "" if found["end"] else " " * len(found[0]), text, count=1)
    return "(\n" + textwrap.indent(textwrap.dedent(text), "  ") + "\n)"


def _text_fault(block: str, document: LeanDocument, limits: LeanPoolConfig) -> Rejected | None:
    fault = unfit(block, limits)
    if fault is None and "$" in block:
        fault = "`$` in a proof: it would leave the quotation by which the proof is read"
    return Rejected(fault) if fault else audit_text(document)


async def _read(
    engine: ReadingEngine, claim: Claim, block: str, deadline: Deadline
) -> Rejected | Unknown | None:
    """Why a block is not one tactic of allowed syntax, if it is not."""
    asked = question(claim.imports, (block,))
    messages = await engine.read(asked.text, deadline=deadline)
    if isinstance(messages, Unknown | Rejected):
        return messages
    (syntax,) = trees(asked, messages)
    if isinstance(syntax, NotRead):
        return Rejected(syntax.reason)
    if "".join(token.text for token in tokens(syntax)) != "".join(block.split()):
        return Rejected("Lean reads other words than the proof has")
    reason = foreign(syntax)
    return Rejected(reason) if reason else None
