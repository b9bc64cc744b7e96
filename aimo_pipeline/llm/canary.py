"""Whether a server that says it is ready speaks: silence and noise are told from a wrong answer.

A server can be up and answer each request with nothing (speculative decoding with a head that does not fit)
or with noise (a wrong quantisation, a broken kernel). A model of 135 million parameters may also be wrong
about a sum, and that is no fault of the server: so whether a wrong answer counts is a setting.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from aimo_pipeline.config import SupervisionConfig
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, Message, Sampling

Verdict = Literal["right", "wrong", "empty", "noise"]
# More of one character than any sentence has, over a length at which that is no chance.
_MONOTONE_SHARE = 0.6
_MONOTONE_CHARS = 12


@dataclass(frozen=True)
class Canary:
    """What the canary said.

    Attributes:
        verdict: "right": the known answer stands in it; "wrong": words, but another answer; "noise": high
            entropy, or one character over and over; "empty".
        text: what was said, thinking included, or why nothing was.
        tokens_per_s: after the first token; None where it was not measured.
    """

    verdict: Verdict
    text: str
    tokens_per_s: float | None

    def fit(self, config: SupervisionConfig) -> bool:
        """Whether the server may be given problems."""
        return self.verdict == "right" or (self.verdict == "wrong" and not config.canary_strict)


def canary_request(config: SupervisionConfig) -> CompletionRequest:
    """The question, put as stages put theirs."""
    sampling = Sampling(
        temperature=0.0, top_p=1.0, max_tokens=config.canary_tokens, reasoning="low", entropy=True
    )
    question = Message("user", config.canary_question)
    return CompletionRequest(Problem("canary", config.canary_question), "trace", 0, 0, (question,), sampling)


def judge(outcome: CompletionOutcome, config: SupervisionConfig) -> Canary:
    """Read the reply.

    Args:
        outcome: to canary_request.
        config: the answer, and the entropy above which words are noise.
    """
    if not isinstance(outcome, Completion):
        return Canary("empty", f"{outcome.cause}: {outcome.detail}", None)
    said = f"{outcome.thinking}\n{outcome.text}".strip()
    tpot_s = outcome.measures.tpot_s
    return Canary(
        _verdict(said, outcome.measures.entropy, config), said[:500], 1.0 / tpot_s if tpot_s else None
    )


def _verdict(said: str, entropy: float | None, config: SupervisionConfig) -> Verdict:
    if not said:
        return "empty"
    if entropy is not None and not (math.isfinite(entropy) and entropy <= config.canary_entropy):
        return "noise"
    most = Counter(said).most_common(1)[0][1]
    if len(said) >= _MONOTONE_CHARS and most > _MONOTONE_SHARE * len(said):
        return "noise"
    # The answer as a number of its own: 12, not the 12 in 125.
    found = re.search(rf"(?<![0-9.]){re.escape(config.canary_answer)}(?![0-9])", said)
    return "right" if found else "wrong"
