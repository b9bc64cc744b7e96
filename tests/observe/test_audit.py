"""The journal of a whole run, audited: nothing that whoever studies it later needs is missing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.parameters import from_json
from aimo_pipeline.observe.reading import Record, read_run


@pytest.fixture(scope="module")
def records(compressed_run: Path) -> tuple[Record, ...]:
    return read_run(compressed_run).records


@pytest.fixture(scope="module")
def texts(records: tuple[Record, ...]) -> dict[str, str]:
    """Every text that stands in the journal once, by the name that it has elsewhere."""
    whole = [one["text"] for one in records if one["type"] in ("CompletionFinished", "ProblemStarted")]
    kept = {one["digest"]: one["text"] for one in records if one["type"] == "TextKept"}
    return kept | {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in whole}


def of(records: tuple[Record, ...], kind: str) -> list[Record]:
    found = [one for one in records if one["type"] == kind]
    assert found, f"a run of fifty problems without a {kind}"
    return found


class TestEveryCompletion:
    """Its prompt can be put together again, hash and all; what it cost stands beside it."""

    def test_the_prompt_is_there_word_for_word(
        self, records: tuple[Record, ...], texts: dict[str, str]
    ) -> None:
        sent = {one["prompt_sha256"]: one for one in of(records, "PromptSent")}
        for one in of(records, "CompletionFinished") + of(records, "CompletionMissing"):
            prompt = sent[one["prompt_sha256"]]
            thoughts = prompt["thinking"] or [""] * len(prompt["parts"])
            talk = [
                (role, texts[name], texts[thought] if thought else "")
                for (role, name), thought in zip(
                    (part.split(":") for part in prompt["parts"]), thoughts, strict=True
                )
            ]
            told = json.dumps(talk, ensure_ascii=False, separators=(",", ":")).encode()
            assert hashlib.sha256(told).hexdigest() == one["prompt_sha256"]

    def test_its_cost_and_its_end_are_told(self, records: tuple[Record, ...]) -> None:
        for one in of(records, "CompletionFinished"):
            measured = ("prompt_tokens", "completion_tokens", "ttft_s", "tpot_s", "seconds")
            assert all(one[name] is not None for name in measured)
            assert one["finish"] in ("stop", "length", "tool", "deadline") and one["text"]


class TestEveryProgram:
    """Its code, its output and the limit that ended it are there."""

    def test_code_output_and_limits(self, records: tuple[Record, ...], texts: dict[str, str]) -> None:
        ran = of(records, "ProgramRan")
        assert all(texts[one["code"]] for one in ran)
        assert {one["limit"] for one in ran if one["outcome"] == "timed_out"} == {"time"}
        cells = [one for one in ran if one["kind"] == "cell" and one["outcome"] == "ran"]
        assert all(one["output"].strip().isdigit() for one in cells), "each prints a sum"


class TestEveryRule:
    """The rule in the journal, rebuilt, gives the terms in the journal."""

    def test_it_gives_the_traced_terms(self, records: tuple[Record, ...]) -> None:
        traced = {
            (one["problem_id"], one["sample"]): [int(term, 16) for term in one["terms"]]
            for one in of(records, "TraceFinished")
            if one["cause"] == "ok"
        }
        mined = of(records, "CandidateMined")
        for one in mined:
            wanted = traced[one["problem_id"], one["sample"]]
            assert list(terms_of(from_json(one["parameters"]), len(wanted))) == wanted
            assert one["bits"] > 0 and one["rule"]
        found = [one for one in of(records, "MineFinished") if one["family"]]
        standing = Counter(one["standing"] for one in mined)
        assert standing["found"] == len(found) > 10


class TestEveryStatement:
    """The whole document that Lean got is there, before Lean was asked, and each theorem stands in it."""

    def test_documents_and_verdicts(self, records: tuple[Record, ...], texts: dict[str, str]) -> None:
        started = Counter(one["document"] for one in of(records, "CheckStarted"))
        for one in of(records, "StatementChecked"):
            document = texts[one["document"]]
            assert f"theorem {one['theorem']} : {one['statement']}" in document
            assert one["document"] in started
            assert one["verdict"] in ("proved", "compiled", "refuted", "unknown", "rejected")


class TestEveryProblem:
    """What it was granted, what there was to choose from, the votes and what went back."""

    @pytest.mark.parametrize(
        "kind", ["GrantGiven", "VoteCounted", "AnswerGiven", "WorkEnded", "AccountClosed"]
    )
    def test_each_has_one(self, records: tuple[Record, ...], kind: str) -> None:
        begun = Counter(one["problem_id"] for one in of(records, "ProblemStarted"))
        assert Counter(one["problem_id"] for one in of(records, kind)) == begun
        assert len(begun) == 50

    def test_what_was_chosen_is_among_the_votes_and_candidates(self, records: tuple[Record, ...]) -> None:
        stood = Counter((one["problem_id"], one["value"]) for one in of(records, "CandidateStood"))
        for one in of(records, "VoteCounted"):
            if one["value"] is not None:
                assert one["value"] in one["votes"] or stood[one["problem_id"], one["value"]]
