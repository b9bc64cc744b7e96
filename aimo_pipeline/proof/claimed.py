"""What may be claimed from Lean's verdicts: this page decides what counts as verified."""

from __future__ import annotations

from collections.abc import Mapping

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.domain import CheckedTo, CompiledTo, Evidence, Fits, ProvedForAll
from aimo_pipeline.outcome import Compiled, Found, Proved, Refuted, Unknown, Verdict
from aimo_pipeline.translate import Statement


def evidence_of(
    statement: Statement, verdicts: Mapping[str, Verdict], found: Found, min_compared: int
) -> Evidence | None:
    """The rung that Lean's verdicts support.

    Args:
        statement: what was claimed.
        verdicts: one for each theorem of the document.
        found: the rule; its spare terms are the evidence without Lean.
        min_compared: fewest indices at which program and rule must have been compared.

    Returns:
        None when Lean refuted anything: the candidate is wrong, or we are. ProvedForAll when the kernel
        accepted that program = rule at every index, the trace and the value; CheckedTo when it accepted
        program = rule at the first indices instead; CompiledTo when the program's values there are what code
        that Lean compiled computed. Otherwise Fits.
    """
    if any(isinstance(verdict, Refuted) for verdict in verdicts.values()):
        return None
    proved = {name for name, verdict in verdicts.items() if isinstance(verdict, Proved)}
    # A rule that divides is the mined one only where nothing was rounded.
    needed = {"trace", "value"} | ({"exact"} & set(statement.claims))
    if needed | {"program_all"} <= proved:
        return ProvedForAll()
    index = statement.checked_index
    if needed <= proved and index is not None and statement.compared >= min_compared:
        match verdicts.get("program"):
            case Proved():
                return CheckedTo(index)
            case Compiled():
                return CompiledTo(index)
    return Fits(found.spare)


def fewer_compared(statement: Statement, verdicts: Mapping[str, Verdict], config: VerifyConfig) -> int:
    """At how many indices the program is compared instead, where it gave no value at one of so many.

    An element that no slot holds, or a recursion that is too deep, may come late; what is proved then is
    proved up to a smaller N.

    Returns:
        0 where it is not that which is missing, or fewer would be too few.
    """
    others = all(isinstance(verdicts.get(name), Proved) for name in ("trace", "value"))
    missing = isinstance(verdicts.get("program"), Unknown) and not statement.document.compiled
    if not (others and missing) or statement.compared <= config.min_compared:
        return 0
    return max(config.min_compared, statement.compared // config.fewer_compared)


def worth_compiling(statement: Statement, verdicts: Mapping[str, Verdict], config: VerifyConfig) -> bool:
    """Whether the kernel could not follow the program, and code that Lean compiles may be asked instead."""
    slow = isinstance(verdicts.get("program"), Unknown)
    return slow and config.native and not statement.document.compiled
