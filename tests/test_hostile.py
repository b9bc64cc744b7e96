"""Whatever a problem says and a model writes: the gateway gets an int, and the journal the cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimo_pipeline.observe.journal import read_journal
from tests.sandboxed import Shared
from tests.world import (
    ANSWER,
    HEAD,
    TEXT,
    TILINGS,
    World,
    block,
    recorded,
)


@pytest.fixture
def world(tmp_path: Path, shared_sandbox: Shared) -> World:
    return World(tmp_path, shared_sandbox)


class TestHostileProblems:
    """A problem's text, in whatever state, neither costs the answer nor matters for it."""

    TEXTS = (
        "",
        "   \n",
        "How many? " * 10_000,
        "x" * 100_000,
        "(" * 50_000 + "remainder when divided by " * 2_000,
        r"Find $\frac{1}{2$ and \left( {{{ \boxed{ \text{how many}}}}} mod $10^{5",
        "\0\x1b[2J\u202e\U0010ffff How many?",
    )

    @pytest.mark.parametrize(
        "text", TEXTS, ids=["empty", "blank", "100k", "1word", "patterns", "braces", "control"]
    )
    def test_without_any_completion_it_ends_in_an_honest_guess(self, world: World, text: str) -> None:
        world.predict(recorded(text), text)
        [given] = world.records("AnswerGiven")
        assert (given["evidence"], given["path"]) == ("Guessed", "guess")

    @pytest.mark.parametrize("text", ["", "How many? " * 10_000, TEXTS[5]], ids=["empty", "100k", "braces"])
    def test_with_attempts_that_answer_it_gets_the_answer(self, world: World, text: str) -> None:
        assert world.predict(recorded(text, tir=(r"\boxed{77}",) * 2), text) == 77

    def test_a_long_text_is_traced_like_any_other(self, world: World) -> None:
        text = "Tile the board. " * 6_000 + TEXT
        assert world.predict(recorded(text, trace=(block(TILINGS),)), text) == ANSWER


HOSTILE = {
    "not code": ("The answer is obvious.", "no_code"),
    "broken code": (block("def a(n) return n"), "syntax"),
    "never ends": (block(HEAD + "while True: pass"), "timed_out"),
    "prints 1 GB": (
        block(HEAD + "for _ in range(1024): print('x' * (1 << 20))\ndef a(n): return n"),
        "output",
    ),
    "needs 50 GB": (block(HEAD + "x = bytes(50 << 30)\ndef a(n): return n"), "memory"),
    "calls os._exit": (block(HEAD + "import os\nos._exit(0)"), "exited"),
    "returns a fraction": (block(HEAD + "def a(n): return n / 2\nprint(0.5)"), "not_an_integer"),
    "prints a word": (block(HEAD + "def a(n): return 'many'\nprint('many')"), "not_an_integer"),
    "crashes": (block(HEAD + "1 / 0"), "crashed"),
}


class TestHostileCompletions:
    """Whatever a model writes, predict gives an int in time and the journal names what went wrong."""

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_trace_is_named_by_its_cause(self, world: World, name: str) -> None:
        said, cause = HOSTILE[name]
        world.predict(recorded(TEXT, trace=(said,)), TEXT)
        [finished] = world.records("TraceFinished")
        assert finished["cause"] == cause
        assert world.records("AnswerGiven")[0]["evidence"] == "Guessed"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_attempt_gives_no_answer(self, world: World, name: str) -> None:
        world.predict(recorded(TEXT, tir=(HOSTILE[name][0],)), TEXT)
        [finished] = world.records("AttemptFinished")
        assert finished["value"] is None
        assert world.records("AnswerGiven")[0]["evidence"] == "Guessed"

    @pytest.mark.parametrize("name", ["never ends", "prints 1 GB", "needs 50 GB"])
    def test_a_hostile_attempt_is_named_by_its_cause(self, world: World, name: str) -> None:
        said, cause = HOSTILE[name]
        world.predict(recorded(TEXT, tir=(said,)), TEXT)
        told = [record for record in read_journal(world.path) if record["type"] != "CompletionFinished"]
        words = cause.replace("_", " ")
        assert any(words in str(value) for record in told for value in record.values())

    def test_a_hostile_sample_does_not_spoil_a_good_one(self, world: World) -> None:
        trace = (HOSTILE["calls os._exit"][0], block(TILINGS))
        assert world.predict(recorded(TEXT, trace=trace), TEXT) == ANSWER
        ended = {record["sample"]: record["cause"] for record in world.records("TraceFinished")}
        assert ended == {0: "exited", 1: "ok"}
