"""What the words of a run mean, for whoever reads its report or watches it: one line each."""

from __future__ import annotations

from collections.abc import Mapping

# Of an answer's rung, in few columns.
MARKS: Mapping[str, str] = {
    "ProvedForAll": "∀",
    "CheckedTo": "✓",
    "CompiledTo": "c",
    "Agreed": "a",
    "Fits": "f",
    "Voted": "v",
    "Guessed": "✗",
}

RUNGS: Mapping[str, str] = {
    "ProvedForAll": "Lean: program = rule for every n, and the asked-for value",
    "CheckedTo": "Lean: program = rule for the first n, and the asked-for value",
    "CompiledTo": "as CheckedTo, but computed by code that Lean compiled, not by its kernel",
    "Agreed": "independent programs led to it",
    "Fits": "a mined rule gives every traced value",
    "Voted": "attempts of the model gave it",
    "Guessed": "nothing; a placeholder",
    "none": "no answer in the journal",
}

STAGES: Mapping[str, str] = {
    "route": "tell the subject and what is asked",
    "trace": "have small programs written and run",
    "mine": "find the rule behind their numbers",
    "verify": "have Lean check it",
    "tir": "reason and run code, in attempts side by side",
    "harvest": "ask attempts that are cut off for a last word",
    "answer": "choose",
}

CAUSES: Mapping[str, str] = {
    "no code": "the model wrote no program where one was asked for",
    "syntax": "its program does not parse",
    "time-out": "its program ran out of time",
    "wrong trace": "its program failed otherwise, or a further term contradicted the rule",
    "nothing fits": "no rule is behind the terms",
    "Lean refuted": "Lean showed a statement to be false",
    "Lean unknown": "Lean came to no verdict",
    "votes split": "no integer got more than half of the votes",
    "contract broken": "an integer is not what the problem asks for",
    "engine fault": "the model's server failed, or gave nothing that can be read",
    "stage broken": "a bug or a broken machine; the pipeline went on",
    "out of time": "the problem's time was up",
}
