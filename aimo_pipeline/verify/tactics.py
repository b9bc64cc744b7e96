"""What a model's proof may be made of: an allow list of Lean's syntax kinds, and a look at its names.

What is not on the list is not allowed, whatever it is: a tactic that runs a program (`run_tac`), sets an
option, opens a namespace, takes compiled code's word, or that a later Lean adds. The list has what proofs of
contest problems are made of in core Lean 4.28; Mathlib's tactics would have to be added one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aimo_pipeline.verify.audit import denied_word
from aimo_pipeline.verify.quoted import Syntax, Token, tokens


def _split(names: str) -> Iterator[str]:
    """At white space, but not inside «…»."""
    return (found[0] for found in re.finditer(r"(?:«[^»]*»|[^\s«])+", names))


# What may be switched on in a tactic (`simp +arith`): these change how a proof is looked for, not what counts
# as one.
SWITCHES = frozenset({"arith", "contextual", "decide", "kernel", "zetaDelta"})
_SWITCH = frozenset({"Lean.Parser.Tactic.posConfigItem", "Lean.Parser.Tactic.negConfigItem"})
_PLAIN = """null group hygieneInfo num fieldIdx patternIgnore token.«← » token.«· » token.«⊢» Lean.binderIdent
    Lean.explicitBinders Lean.unbracketedExplicitBinders Lean.bracketedExplicitBinders Lean.cdot Lean.cdotTk
    Lean.calcTactic Lean.calcSteps Lean.calcFirstStep Lean.calcStep Lean.Elab.Tactic.Ext.ext tacticFunext___
    «tacticBy_cases_:_»"""

# Of the namespace Lean.Parser.Tactic.
_TACTICS = """tacticSeq tacticSeq1Indented paren «tactic_<;>_» first focus allGoals anyGoals tacticTry_
    tacticRepeat_ tacticIterate____ «tacticNext_=>_» case caseArg rotateLeft skip done fail
    intro intros introMatch rintro rintroPat.one rintroPat.binder revert clear rename renameI
    exact apply refine refine' constructor left right «tacticExists_,,» tacticAnd_intros
    cases induction inductionAlts inductionAlt inductionAltLHS elimTarget match split obtain rcases
    rcasesPat.one rcasesPat.ignore rcasesPat.clear rcasesPat.paren rcasesPat.tuple rcasesPat.explicit
    rcasesPatLo rcasesPatMed funInduction funCases injection subst substVars generalize generalizeArg
    specialize replace tacticHave__ tacticLet__ tacticSuffices_ show change unfold delta congr symm
    simp simpAll dsimp simpa simpaArgsRest simpArgs simpLemma simpErase simpStar
    rwSeq tacticRwa__ rwRuleSeq rwRule location locationHyp locationWildcard
    locationType
    optConfig configItem posConfigItem negConfigItem
    decide omega grind grindParam grindLemma lia acRfl eqRefl tacticRfl tacticTrivial
    tacticExfalso contradiction assumption tacticInfer_instance tacticNofun «tacticNomatch_,,»
    tacticNorm_cast__ tacticExact_mod_cast_"""

# Of the namespace Lean.Parser.Term.
_TERMS = """app paren hygienicLParen tuple anonymousCtor hole syntheticHole explicit namedArgument
    typeAscription typeSpec proj pipeProj dotIdent cdot subst fun basicFun funBinder explicitBinder
    implicitBinder instBinder forall depArrow arrow have let show sufficesDecl fromTerm letConfig letDecl
    letId letIdDecl letPatDecl byTactic byTactic' match matchAlts matchAlt matchDiscr nofun nomatch
    prop type sort"""

# Notations of core Lean.
_NOTATIONS = """«term_=_» «term_≠_» «term_<_» «term_≤_» «term_>_» «term_≥_» «term_==_» «term_!=_» «term_∣_»
    «term_∧_» «term_∨_» «term¬_» «term_↔_» «term∃_,_» «term_∈_» «term_∉_» Lean.«term∀__,_» Lean.«term∃__,_»
    Lean.«binderPred∈_» Lean.«binderPred<_» Lean.«binderPred≤_» Lean.«binderPred>_» Lean.«binderPred≥_»
    «term_+_» «term_-_» «term_*_» «term_/_» «term_%_» «term_^_» «term-_» «term_&&_» «term_||_» term!_
    «term_::_» «term_++_» «term[_]» «term__[_]» «term__[_]_!» «term_∘_» «term_<|_» «term_|>_» «term_×_»
    «term‹_›» termIfThenElse termDepIfThenElse"""

KINDS = frozenset(
    [
        *_split(_PLAIN),
        *_split(_NOTATIONS),
        *(f"Lean.Parser.Tactic.{name}" for name in _split(_TACTICS)),
        *(f"Lean.Parser.Term.{name}" for name in _split(_TERMS)),
    ]
)


def foreign(syntax: Syntax) -> str | None:
    """The first thing in a proof that is not allowed, in words; None when all is."""
    if isinstance(syntax, Token):
        word = denied_word(syntax.text)
        return f"`{word}` in the proof" if word else None
    if syntax.kind not in KINDS:
        return f"syntax of the kind {syntax.kind} is not allowed"
    if syntax.kind in _SWITCH:
        words = [token.text for token in tokens(syntax)]
        if len(words) != 2 or words[1] not in SWITCHES:
            return f"the switch {''.join(words)} is not allowed"
    return next((reason for child in syntax.children if (reason := foreign(child))), None)
