"""Runs a trace program in the sandbox and reads its terms.

What the child sends is untrusted: the program can write to the channel itself. A forged frame says no more
than a forged return value of a(n) would, since both are the program's claims about itself; only well-formed
frames count, and the rest is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Indices
from dataclasses import dataclass, field

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.outcome import Crashed, Killed, Ran, TimedOut, Traced, TraceFailed, TraceOutcome
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.cut import Cut
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.report import Report
from aimo_pipeline.trace.sandbox import Sandbox

_HEX = re.compile(r"-?0x[0-9a-f]+")
_CAUSES = frozenset({"syntax", "crashed", "not_an_integer", "memory", "no_terms", "no_target", "exited"})
_MESSAGE_CHARS = 300


@dataclass
class _Claims:
    """What the child's frames say, as far as they are well formed."""

    first: int = 0
    target: Target | None = None
    terms: dict[int, int] = field(default_factory=dict)
    error: TraceFailed | None = None

    def consecutive(self, max_terms: int) -> tuple[int, ...]:
        """a(first), a(first + 1), ... as far as they go."""
        found: list[int] = []
        while len(found) < max_terms and self.first + len(found) in self.terms:
            found.append(self.terms[self.first + len(found)])
        return tuple(found)


def _number(value: object, bound: int) -> int | None:
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        return None
    number = int(value, 16)
    return number if abs(number) < bound else None


def _error(value: object) -> TraceFailed | None:
    if not isinstance(value, dict) or value.get("cause") not in _CAUSES:
        return None
    line = value.get("line")
    message = str(value.get("message", ""))[:_MESSAGE_CHARS]
    return TraceFailed(value["cause"], message, line if isinstance(line, int) else None)


def _read_target(claims: _Claims, value: object, bound: int) -> None:
    if claims.target is not None or not isinstance(value, list) or len(value) != 3:
        return
    first, index, modulus = (_number(part, bound) for part in value)
    if first is None or index is None or (modulus is None and value[2] is not None):
        return
    if index >= first and (modulus is None or modulus >= 1):
        claims.first, claims.target = first, Target(index, modulus)


def _read_term(claims: _Claims, value: object, bound: int) -> None:
    """One index and its value; the first claim about an index stands."""
    if not isinstance(value, list) or len(value) != 2:
        return
    index, term = (_number(part, bound) for part in value)
    if index is not None and term is not None:
        claims.terms.setdefault(index, term)


def _claims(frames: Iterable[Frame], config: TraceConfig) -> _Claims:
    claims = _Claims()
    # The harness holds these bounds too, but a program that writes the frames itself does not.
    bound = 10**config.max_digits
    for frame in frames:
        _read_target(claims, frame.get("target"), bound)
        _read_term(claims, frame.get("term"), bound)
        claims.error = claims.error or _error(frame.get("error"))
    return claims


def _end(report: Report, config: TraceConfig) -> TraceFailed:
    """Why a program that reported no error ended without terms."""
    if report.stopped in ("deadline", "never_began") or report.ended is None:
        return TraceFailed("timed_out", "no term in time", None)
    if report.stopped == "output":
        return TraceFailed("output", "stopped for passing the limit on output", None)
    match endings.died(report.ended, config.limits, ""):
        case TimedOut(hint=hint):
            return TraceFailed("timed_out", hint, None)
        case Killed(limit=limit, message=message):
            return TraceFailed(limit, message, None)
        case Crashed(message=message):
            return TraceFailed("crashed" if report.ended.status < 0 else "exited", message, None)
        case Ran():
            return TraceFailed("exited", "exit status 0", None)


def _outcome(code: str, report: Report, config: TraceConfig) -> TraceOutcome:
    claims = _claims(report.frames, config)
    if claims.error is not None and claims.error.cause == "not_an_integer":
        return claims.error  # the program computes something else than it should: no term is trusted
    terms = claims.consecutive(config.max_terms)
    if claims.target is None or not terms:
        return claims.error or _end(report, config)
    return Traced(Sequence(claims.first, terms), claims.target, code)


async def _report(
    code: str,
    indices: Indices[int] | None,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str,
    cut: Cut | None = None,
) -> Report:
    request = {
        "kind": "trace",
        "code": code,
        "indices": None if indices is None else list(indices),
        "max_terms": config.max_terms,
        "max_digits": config.max_digits,
    }
    return await sandbox.finish(
        request, deadline=deadline.capped(config.wall_s), limits=config.limits, owner=owner, cut=cut
    )


async def run_trace(
    code: str,
    *,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str = "",
    cut: Cut | None = None,
) -> TraceOutcome:
    """Run a trace program as far as time, terms and limits go.

    Args:
        code: Python that defines FIRST, TARGET, MODULUS and a(n), as llm/prompts.py asks for.
        sandbox: where it runs.
        deadline: the latest end; config.wall_s from now if that is earlier.
        config: bounds on time, terms, digits and resources.
        owner: on whose behalf; owners take turns.
        cut: ends it as its deadline would, once made.

    Returns:
        Traced with the consecutive terms it gave before it ended, was stopped or crashed (at least one);
        TraceFailed when there is no term or no target, or when any term was not an integer.
    """
    if not code.strip():
        return TraceFailed("no_code", "there is no code", None)
    return _outcome(code, await _report(code, None, sandbox, deadline, config, owner, cut), config)


async def run_terms(
    code: str,
    indices: Indices[int],
    *,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str = "",
) -> Mapping[int, int]:
    """Run a trace program at certain indices only.

    Args:
        code: a trace program that has run before.
        indices: n, in the order in which a(n) is wanted.
        sandbox, deadline, config, owner: as in run_trace; config.max_terms does not bound the indices.

    Returns:
        Index -> value for those that came in time; empty when a value was not an integer.
    """
    if not indices:
        return {}
    report = await _report(code, indices, sandbox, deadline, config, owner)
    claims = _claims(report.frames, config)
    if claims.error is not None and claims.error.cause == "not_an_integer":
        return {}
    return {index: claims.terms[index] for index in indices if index in claims.terms}
