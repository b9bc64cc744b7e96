"""From what Lean printed to one verdict per theorem; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aimo_pipeline.outcome import Compiled, Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify.audit import audit_axioms, held_to_allowed
from aimo_pipeline.verify.document import SENTINEL_REPLY, LeanDocument, Rendered, Theorem

_PROVED_FALSE = re.compile(r"\s*Tactic `decide` proved that the proposition\b.*\bis false", re.DOTALL)
_PARSE_ERROR = re.compile(r"unexpected |expected |unterminated |missing end")
_MESSAGE_CHARS = 300
_NO_LINE = 0


@dataclass(frozen=True)
class Message:
    """One of Lean's messages; `line` is 1-based, 0 for none; `kind` is Lean's own tag."""

    severity: str
    line: int
    text: str
    kind: str = ""


def read_messages(stdout: bytes) -> tuple[Message, ...]:
    """The messages among the lines of `lean --json`.

    Lines that do not begin with a brace are the embedded engine's own traces. One that does and cannot be
    read counts as an error, because it may have been one.
    """
    lines = stdout.decode("utf-8", "replace").split("\n")
    return tuple(_message(line) for line in lines if line.startswith("{"))


def _message(line: str) -> Message:
    try:
        raw = json.loads(line)
        place = raw["pos"]["line"] if raw.get("pos") else _NO_LINE
        return Message(str(raw["severity"]), int(place), str(raw["data"]), str(raw.get("kind", "")))
    except (ValueError, KeyError, TypeError):
        return Message("error", _NO_LINE, f"unreadable message {line[:80]!r}")


def decode(
    document: LeanDocument, rendered: Rendered, messages: Sequence[Message], status: int
) -> Mapping[str, Verdict]:
    """Give each theorem its verdict.

    Args:
        document, rendered: what was asked.
        messages: all that Lean said.
        status: Lean's exit status; 0 without and 1 with errors, anything else is a crash.

    Returns:
        Proved only for a theorem that Lean passed without an error, in a document that was read to its end,
        and that names no theorem which is not; Compiled in its place for one that may be settled by compiled
        code, and for what names such a one or has its axiom. Refuted when every error in it is a `decide`
        that came out false: of the statement itself, or of a premise that its proof evaluates.
    """
    whole = _whole(rendered, messages, status)
    if whole is not None:
        return {theorem.name: whole for theorem in document.theorems}
    verdicts: dict[str, Verdict] = {}
    for theorem in document.theorems:
        first, last = rendered.spans[theorem.name]
        inside = [message for message in messages if first <= message.line <= last]
        verdict = _single(inside)
        if isinstance(verdict, Proved):
            verdict = _after(verdicts, theorem, document.compiled)
        if isinstance(verdict, Proved | Compiled) and rendered.axiom_lines:
            verdict = _audited(theorem.name, rendered, messages, document.compiled, verdict)
        verdicts[theorem.name] = verdict
    return verdicts


def _whole(rendered: Rendered, messages: Sequence[Message], status: int) -> Verdict | None:
    """What holds for every theorem alike, if anything does."""
    spans = [*rendered.spans.values(), *((line, line) for line in rendered.axiom_lines.values())]
    for message in messages:
        inside = any(first <= message.line <= last for first, last in spans)
        if message.severity == "error" and (not inside or _PARSE_ERROR.match(message.text)):
            # After a parse error Lean goes on at the next command: nobody knows what it skipped.
            return Unknown(f"line {message.line}: {_short(message.text)}")
        if _sorry(message) and not inside:
            return Rejected("a definition uses sorry")
    reached = any(m.line == rendered.last_line and m.text.strip() == SENTINEL_REPLY for m in messages)
    if reached and status in (0, 1):
        return None
    return Unknown(f"Lean did not reach the end of the document (exit status {status})")


def _single(inside: Sequence[Message]) -> Verdict:
    errors = [message.text for message in inside if message.severity == "error"]
    if any(_sorry(message) for message in inside):
        return Rejected("the proof uses sorry")
    for text in errors:
        if not _PROVED_FALSE.match(text):
            return Unknown(_short(text))
    return Refuted(_short(errors[0])) if errors else Proved()


def _after(verdicts: Mapping[str, Verdict], theorem: Theorem, compiled: frozenset[str]) -> Verdict:
    """What a theorem that Lean passed may claim, given those that it names.

    Lean adds a failed theorem to its environment all the same, so its users look proved.
    """
    words = set(re.findall(r"[\w']+", f"{theorem.statement} {theorem.proof}"))
    named = {name: verdict for name, verdict in verdicts.items() if name in words}
    failed = [name for name, verdict in named.items() if not isinstance(verdict, Proved | Compiled)]
    if failed:
        return Unknown(f"depends on {failed[0]}, which is not proved")
    if theorem.name in compiled or any(isinstance(verdict, Compiled) for verdict in named.values()):
        return Compiled()
    return Proved()


def _audited(
    name: str,
    rendered: Rendered,
    messages: Sequence[Message],
    compiled: frozenset[str],
    claimed: Proved | Compiled,
) -> Verdict:
    """A theorem that Lean passed, with its axioms."""
    replies = [message.text for message in messages if message.line == rendered.axiom_lines[name]]
    found = audit_axioms(name, replies[0] if len(replies) == 1 else None, compiled)
    # Of the two grounds for "compiled", the name that stands in the text and the axiom, either is enough.
    return Compiled(found.axioms) if isinstance(found, Proved) and isinstance(claimed, Compiled) else found


def with_axioms(
    verdicts: Mapping[str, Verdict], axioms: Mapping[str, tuple[str, ...] | None], compiled: frozenset[str]
) -> Mapping[str, Verdict]:
    """The verdicts; a theorem that Lean passed is rejected if a foreign axiom was found under it.

    Args:
        verdicts: what `decode` gave.
        axioms: of each theorem, those that are not hidden below an imported one, so that none tells nothing;
            None where the kernel has no such theorem.
        compiled: see LeanDocument.
    """
    return {name: _held(name, verdict, axioms, compiled) for name, verdict in verdicts.items()}


def _held(
    name: str, verdict: Verdict, axioms: Mapping[str, tuple[str, ...] | None], compiled: frozenset[str]
) -> Verdict:
    if not isinstance(verdict, Proved | Compiled):
        return verdict
    found = held_to_allowed(name, axioms.get(name), compiled)
    return verdict if isinstance(found, Proved) else found


def _sorry(message: Message) -> bool:
    return message.kind == "hasSorry" or re.match(r"declaration uses [`']sorry", message.text) is not None


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MESSAGE_CHARS else text[: _MESSAGE_CHARS - 1] + "…"
