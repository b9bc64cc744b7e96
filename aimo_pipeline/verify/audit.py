"""What stands between "Lean printed no error" and "proved".

Two audits, because the engines differ:

- `audit_text`, before any engine sees a document: a deny list of the words and characters by which Lean text
  could declare an axiom, skip the kernel, change the notation or the instances that give a statement its
  meaning, run code, or swallow the text after it. The names `sorry` and `native_decide` are among them.
- `audit_axioms` and `held_to_allowed`, after an engine: the axioms of each theorem against an allow list. The
  official engine prints them. The embedded one, warm, collects them down to imported theorems, of which only
  the statements are loaded.

A process of the embedded engine for one document tells none (it treats every file as a module). There the
text audit suffices for this reason: statements and definitions are rendered by our own code from typed data,
and the library is ours and declares no axiom. So all that a foreign proof body could add is a term or a
tactic block; the kernel checks the term, and the only ways to a theorem without one (an axiom, sorry,
compiled evaluation) need one of the denied words or a failed earlier theorem, which decode.py follows by
name.

Not covered: a bug in Lean's kernel; a statement that says something else than its author meant; the `.olean`
files of the toolchain themselves, which are trusted as downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aimo_pipeline.outcome import Compiled, Proved, Rejected
from aimo_pipeline.verify.document import NATIVE_PROOF, LeanDocument

LIBRARY = "TraceToLean"
ALLOWED_AXIOMS = frozenset({"propext", "Quot.sound", "Classical.choice"})

# Commands that would change the meaning of what follows, or make truth without the kernel.
_DENIED = frozenset(
    """axiom sorry admit sorryAx native native_decide nativeDecide bv_decide bv_check reduceBool
    ofReduceBool reduceNat ofReduceNat trustCompiler unsafe unsafeCast implemented_by extern export
    csimp reducible irreducible macro macro_rules notation notation3 syntax declare_syntax_cat elab
    elab_rules term_elab command_elab infix infixl infixr prefix postfix run_cmd run_elab run_meta
    run_tac by_elab eval initialize builtin_initialize set_option instance attribute local scoped
    open import module prelude public meta namespace section end mutual opaque constant partial
    variable universe include omit simproc simprocs deriving dbg_trace dbgTrace panic unseal seal
    register_option add_decl_doc init_quot private protected class debug IO Lean Elab Meta
    skipKernelTC skipKernel exact? apply? rw? show_term? simp? simp_all? decide? grind? rfl? hint
    stop decide_cbv unif_hint binder_predicate dsimproc simproc_decl dsimproc_decl grind_pattern
    grind_propagator assert_not_exists assert_not_imported recommended_spelling tactic_extension
    initialize_simps_projections library_note alias docs_to_verso show_panel_widgets include_str
    with_weak_namespace with_exporting computed_fields nonrec macro_inline compile_inductive
    set_library_suggestions set_premise_selector init_grind_norm gen_injective_theorems""".split()
)
# Families of commands that make other commands, attributes or options.
_DENIED_FAMILIES = ("builtin_", "declare_", "register_", "elab_", "set_")
# In a statement or a proof a declaration would end the theorem and begin another.
_DECLARATIONS = frozenset(
    "theorem lemma def abbrev example inductive structure coinductive axiom noncomputable".split()
)
# All that definitions of ours are; a line begins one or goes on with the one before. Names begin with a
# small letter, so none takes the place of `False`, `Eq` or `Nat`, and have no dots, as the library's have.
_DEFINITION = re.compile(r"def [a-z]\w* ", re.ASCII)
_WORD = re.compile(r"[^\W\d][\w'!?]*")
_MARKS = {
    "#": "a command",
    '"': "a string",
    "`": "a quotation",
    "«": "a quoted name",
    "/-": "a comment",
    "-/": "a comment",
    "@[": "an attribute",
}
# All that documents need beyond ASCII. An allow list: a letter of another alphabet may look like one of ours,
# and a mark that changes the direction of the text shows people something else than Lean reads.
_SYMBOLS = frozenset("∀∃→←↔↑∧∨¬≤≥≠×⟨⟩·▸λ∣∈∉∘⊢ℕℤ₀₁₂₃₄₅₆₇₈₉")
_PAIRS = {")": "(", "]": "[", "}": "{", "⟩": "⟨"}


def audit_text(document: LeanDocument) -> Rejected | None:
    """Look for what no document of ours contains.

    Returns:
        Rejected that names the first such thing, or None.
    """
    for module in document.imports:
        if module.split(".")[0] != LIBRARY:
            return Rejected(f"imports {module}, which is not of {LIBRARY}")
    fault = _fault(document.definitions, _DENIED, "definitions") or _no_definition(document.definitions)
    for theorem in document.theorems:
        parts = [("statement", theorem.statement), ("proof", theorem.proof)]
        if theorem.name in document.compiled and theorem.proof == NATIVE_PROOF:
            parts.pop()
        for part, text in parts:
            where = f"{part} of {theorem.name}"
            fault = fault or _fault(text, _DENIED | _DECLARATIONS, where) or _line_comment(text, where)
    return Rejected(fault) if fault else None


def _fault(text: str, denied: frozenset[str], where: str) -> str | None:
    for mark, name in _MARKS.items():
        if mark in text:
            return f"{name} ({mark}) in {where}"
    for character in text:
        if not (character in "\n" or " " <= character <= "~" or character in _SYMBOLS):
            return f"the character {character!r} in {where}"
    for word in _WORD.findall(text):
        if word in denied or word.startswith(_DENIED_FAMILIES):
            return f"`{word}` in {where}"
    return None if _balanced(text) else f"unbalanced brackets in {where}"


def _no_definition(text: str) -> str | None:
    """The first line of definitions that begins or holds another declaration than a `def` of our kind."""
    for line in text.split("\n"):
        begins = _DEFINITION.match(line)
        rest = line[begins.end() :] if begins else line
        if not _DECLARATIONS.isdisjoint(_WORD.findall(rest)):
            return f"something else than a `def` in definitions: {line[:40]!r}"
    return None


def denied_word(text: str) -> str | None:
    """The first word in a text that no document of ours contains, if there is one."""
    found = (word for word in _WORD.findall(text) if word in _DENIED or word.startswith(_DENIED_FAMILIES))
    return next(found, None)


def _line_comment(text: str, where: str) -> str | None:
    # It would swallow the `:=` behind a statement.
    return f"a comment (--) in {where}" if "--" in text else None


def _balanced(text: str) -> bool:
    """An open bracket would let a text run on into the next theorem."""
    held = []
    for character in text:
        if character in _PAIRS.values():
            held.append(character)
        elif character in _PAIRS and (not held or held.pop() != _PAIRS[character]):
            return False
    return not held


_AXIOMS = re.compile(r"'(?P<name>[^']*)' depends on axioms: \[(?P<axioms>[^\]]*)\]")
_EVALUATION = re.compile(r"(?P<theorem>[a-z][A-Za-z0-9_]*)\._native\.native_decide\.ax_[0-9]+(_[0-9]+)*")
# Before Lean 4.29: the one under every evaluation, and what newer releases put under that.
_ANY_EVALUATION = frozenset({"Lean.ofReduceBool", "Lean.trustCompiler"})
_NONE = re.compile(r"'(?P<name>[^']*)' does not depend on any axioms")


def audit_axioms(
    name: str, reply: str | None, compiled: frozenset[str] = frozenset()
) -> Proved | Compiled | Rejected:
    """Read what `#print axioms name` printed.

    Args:
        name: the theorem's.
        reply: Lean's message, or None when there was none.
        compiled: theorems that may be settled by compiled code. Since Lean 4.29 each such evaluation is an
            axiom of its own, called `<theorem>._native.native_decide.ax_<n>_<m>`; those of these theorems,
            and no others, are allowed. Before, all are one axiom, which is allowed where there are any.

    Returns:
        The axioms in alphabetical order, as Compiled when one of them stands for an evaluation; Rejected when
        another one is used or the reply is not understood.
    """
    none = _NONE.match(reply or "")
    if none and none["name"] == name:
        return Proved(())
    some = _AXIOMS.match(reply or "")
    if not some or some["name"] != name:
        return Rejected(f"the axioms of {name} could not be read")
    return held_to_allowed(name, {axiom.strip() for axiom in some["axioms"].split(",")}, compiled)


def held_to_allowed(
    name: str, axioms: Iterable[str] | None, compiled: frozenset[str] = frozenset()
) -> Proved | Compiled | Rejected:
    """The same for the axioms themselves; None when Lean's kernel holds no theorem of this name."""
    if axioms is None:
        return Rejected(f"Lean's kernel holds no theorem {name}")
    named = tuple(sorted(set(axioms)))
    foreign = [axiom for axiom in named if axiom not in ALLOWED_AXIOMS]
    if not all(_evaluates(axiom, compiled) for axiom in foreign):
        return Rejected(f"{name} depends on {', '.join(foreign)}")
    return Compiled(named) if foreign else Proved(named)


def _evaluates(axiom: str, compiled: frozenset[str]) -> bool:
    """Whether it stands for an evaluation that was allowed."""
    if axiom in _ANY_EVALUATION:
        return bool(compiled)
    evaluation = _EVALUATION.fullmatch(axiom)
    return evaluation is not None and evaluation["theorem"] in compiled
