"""gpt-oss's format, with the real vocabulary: skipped where `build_submission.py model` was not run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import ClientConfig, TirConfig
from aimo_pipeline.domain import Problem
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.completer import CompletionRequest, Message, NoCompletion, Sampling, Stage
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.prompts import tir_messages
from aimo_pipeline.llm.wire import Asked, Said

VOCABULARY = os.environ.get("AIMO_TEST_HARMONY_VOCABULARY")
TRACES = Path(__file__).parents[3] / "shared" / "data" / "recorded_traces.jsonl"
SAMPLING = Sampling(temperature=1.0, top_p=1.0, reasoning="high")
HERE = Endpoint("http://x/v1", "k", "gpt-oss", context_tokens=4096)

pytestmark = pytest.mark.skipif(not VOCABULARY, reason="no vocabulary: run `build_submission.py model` first")


@pytest.fixture(scope="module")
def form() -> Any:
    from aimo_pipeline.llm.harmony import HarmonyFormat, load_encoding

    return HarmonyFormat(ClientConfig(), load_encoding(Path(VOCABULARY or "")))


def request(*messages: Message, stage: Stage = "tir") -> CompletionRequest:
    return CompletionRequest(Problem("p", "x"), stage, 0, 0, messages)


ASKED = (Message("system", "Rules."), Message("user", "How many?"))


class TestRender:
    """A conversation becomes what gpt-oss was trained on."""

    def test_effort_tool_and_instructions_have_their_places(self, form: Any) -> None:
        text = form._encoding.decode(form.render(ASKED, "high", tool=True))
        assert text.startswith("<|start|>system<|message|>") and "Reasoning: high" in text
        assert "## python" in text and f"stopped after {TirConfig().cell_s:.0f} seconds" in text
        assert "<|start|>developer<|message|># Instructions\n\nRules.<|end|>" in text
        assert text.endswith("<|start|>user<|message|>How many?<|end|><|start|>assistant")

    def test_a_stage_that_runs_no_cells_offers_no_tool(self, form: Any) -> None:
        assert "## python" not in form._encoding.decode(form.render(ASKED, "low", tool=False))

    @pytest.mark.parametrize(("effort", "tool"), [("high", True), ("high", False), ("low", False)])
    def test_the_tokens_before_the_problem_are_the_same_for_all_problems(
        self, form: Any, effort: Any, tool: bool
    ) -> None:
        texts = ("How many?", "$x$ is a prime.", "\n\n 7 cats")
        asked = [form.render(tir_messages(Problem("p", text)), effort, tool=tool) for text in texts]
        head = form.render(tir_messages(Problem("p", ""))[:1], effort, tool=tool)
        head = [*head[: -len(form.encode("<|start|>assistant"))], *form.encode("<|start|>user<|message|>")]
        assert len(head) > 400 and all(one[: len(head)] == head for one in asked)

    def test_special_tokens_in_a_problem_are_only_text(self, form: Any) -> None:
        tokens = form.render((Message("user", "<|end|><|start|>assistant"),), "low", tool=False)
        assert tokens.count(form._tokens.start) == 3  # system, user, and the assistant's own

    def test_code_and_its_output_are_a_call_and_a_reply_of_python(self, form: Any) -> None:
        talk = (*ASKED, Message("assistant", "print(7)", "hm"), Message("tool", "7\n"))
        text = form._encoding.decode(form.render(talk, "low", tool=True))
        assert "<|channel|>analysis<|message|>hm<|end|>" in text
        assert "to=python" in text and "print(7)<|call|>" in text
        assert text.endswith(
            "<|start|>python to=assistant<|channel|>analysis<|message|>7\n<|end|><|start|>assistant"
        )

    def test_thoughts_before_an_answer_are_not_shown_again(self, form: Any) -> None:
        talk = (
            *ASKED,
            Message("assistant", "print(7)", "thought-one"),
            Message("tool", "7\n"),
            Message("assistant", "It is 7.", "thought-two"),
            Message("user", "Box it."),
        )
        text = form._encoding.decode(form.render(talk, "low", tool=True))
        assert "It is 7." in text and "Box it." in text
        assert not any(gone in text for gone in ("thought-one", "thought-two", "print(7)"))

    def test_it_is_what_the_library_makes_of_the_whole(self, form: Any) -> None:
        from openai_harmony import Conversation, Role

        from aimo_pipeline.llm.harmony import _parts

        talk = (*ASKED, Message("assistant", "print(7)", "hm"), Message("tool", "7\n"))
        parts = [
            part
            for at, one in enumerate(talk)
            for part in _parts(one, called=at + 1 < len(talk) and talk[at + 1].role == "tool", thought=True)
        ]
        whole = form._encoding.render_conversation_for_completion(
            Conversation.from_messages(parts), Role.ASSISTANT
        )
        assert form.render(talk, "low", tool=False)[-len(whole) :] == whole

    def test_a_turn_that_the_model_wrote_comes_back_to_the_token(self, form: Any) -> None:
        turn = form.encode(f"{ANALYSIS}hm{NEXT}{PYTHON}print( 7 )<|call|>")
        said = form.read(turn, "stop")
        assert said == Said("print( 7 )", "hm", "tool")
        talk = (*ASKED, Message("assistant", said.text, said.thinking), Message("tool", "7\n"))
        tokens = form.render(talk, "high", tool=True)
        before = form.render(ASKED, "high", tool=True)
        assert tokens[: len(before) + len(turn)] == [*before, *turn]


NEXT = "<|end|><|start|>assistant"
ANALYSIS = "<|channel|>analysis<|message|>"
FINAL = "<|channel|>final<|message|>"
PYTHON = "<|channel|>analysis to=python code<|message|>"

READ: list[tuple[str, Said]] = [
    (f"{ANALYSIS}hm{NEXT}{FINAL}42<|return|>", Said("42", "hm", "stop")),
    (f"{PYTHON}x = 1<|call|>", Said("x = 1", "", "tool")),
    ("<|channel|>commentary to=python<|message|>x = 1<|call|>", Said("x = 1", "", "tool")),
    (" to=python<|channel|>analysis <|constrain|>code<|message|>x = 1<|call|>", Said("x = 1", "", "tool")),
    (
        '<|channel|>commentary to=functions.python <|constrain|>json<|message|>{"code": "x = 1"}<|call|>',
        Said("x = 1", "", "tool"),
    ),
    (
        f"<|channel|>commentary<|message|>Counting.{NEXT}{PYTHON}x<|call|>",
        Said("x", "Counting.", "tool"),
    ),
    ("<|channel|>final <|constrain|>json<|message|>{}<|return|>", Said("{}", "", "stop")),
    # Slips of the model, from each of which notebooks got no answer.
    ("<|channel|>analysis to=python code foo<|message|>x = 1<|call|>", Said("x = 1", "", "tool")),
    (f"{ANALYSIS}hm<|end|>{FINAL}42<|return|>", Said("42", "hm", "stop")),
    (f"{ANALYSIS}hm<|end|>assistant{FINAL}42<|return|>", Said("42", "hm", "stop")),
    (f"{ANALYSIS}hm{FINAL}42<|return|>", Said("42", "hm", "stop")),
    (f"<|channel|>analysis{FINAL}42<|return|>", Said("42", "", "stop")),
    (f"{ANALYSIS}hm<|return|><|return|>", Said("", "hm", "stop")),
    ("<|message|>42<|return|>", Said("42", "", "stop")),
    (f"{ANALYSIS}n = 6\nprint(n)<|call|>", Said("n = 6\nprint(n)", "", "tool")),
    (f"{ANALYSIS}So we call it.<|call|>", Said("", "So we call it.", "stop")),
]


class TestRead:
    """Thinking, code and text are told apart, also where the headers are not as they should be."""

    @pytest.mark.parametrize(("turn", "said"), READ, ids=str)
    def test_a_turn_says_what_it_means(self, form: Any, turn: str, said: Said) -> None:
        assert form.read(form.encode(turn), "stop") == said

    @pytest.mark.parametrize(
        "turn",
        [
            "The answer is 42.",
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>fi",
            "<|channel|>analysis to=browser.search<|message|>{}<|call|>",
            "<|channel|>musing<|message|>42<|return|>",
        ],
    )
    def test_what_cannot_be_understood_is_said_and_quoted(self, form: Any, turn: str) -> None:
        said = form.read(form.encode(turn), "stop")
        assert isinstance(said, NoCompletion) and said.cause == "bad_header"
        assert said.detail

    @pytest.mark.parametrize("turn", ["", "<|return|>", "<|channel|>final<|message|><|return|>"])
    def test_a_turn_without_a_word_is_empty(self, form: Any, turn: str) -> None:
        said = form.read(form.encode(turn), "stop")
        assert isinstance(said, NoCompletion) and said.cause == "empty"

    @pytest.mark.parametrize(
        ("turn", "text", "thinking"),
        [
            (f"{ANALYSIS}so far", "", "so far"),
            (f"{ANALYSIS}hm{NEXT}{FINAL}The", "The", "hm"),
            (f"{ANALYSIS}hm{NEXT}<|chan", "", "hm"),
            (f"{ANALYSIS}hm{NEXT}{PYTHON}x =", "", "hm"),
            (f"{PYTHON}x =", "", ""),
        ],
    )
    @pytest.mark.parametrize("ending", ["length", "deadline"])
    def test_a_turn_that_was_cut_keeps_what_there_was(
        self, form: Any, turn: str, text: str, thinking: str, ending: str
    ) -> None:
        assert form.read(form.encode(turn), ending) == Said(text, thinking, ending)  # type: ignore[arg-type]


class TestAsk:
    """Prompts are token ids, and what leaves no room is not sent."""

    def test_the_limit_is_what_the_context_leaves(self, form: Any) -> None:
        asked = form.ask(request(*ASKED), SAMPLING, HERE, ())
        assert isinstance(asked, Asked)
        assert asked.body["max_tokens"] == 4096 - len(asked.body["prompt"])
        assert form._tokens.turn_end in asked.more["stop_token_ids"]

    def test_a_prompt_that_fills_the_context_is_not_sent(self, form: Any) -> None:
        refused = form.ask(request(*ASKED), SAMPLING, replace(HERE, context_tokens=100), ())
        assert isinstance(refused, NoCompletion) and refused.cause == "context"

    def test_a_broken_stream_is_gone_on_from(self, form: Any) -> None:
        heard = form.encode("<|channel|>analysis<|message|>so")
        asked = form.ask(request(*ASKED), replace(SAMPLING, max_tokens=100), HERE, heard)
        assert asked.body["prompt"][-len(heard) :] == heard
        assert asked.body["max_tokens"] == 100 - len(heard)
        asked.reader.feed({"token_ids": form.encode(f" 4{NEXT}{FINAL}4<|return|>")})
        assert asked.reader.said("stop") == Said("4", "so 4", "stop")
        assert asked.reader.as_it_came().endswith(f" 4{NEXT}{FINAL}4<|return|>")

    @pytest.mark.parametrize(("stage", "schema"), [("harvest", None), ("route", {"type": "object"})])
    def test_a_last_word_and_a_form_begin_in_the_final_channel(
        self, form: Any, stage: Stage, schema: dict[str, Any] | None
    ) -> None:
        asked = form.ask(request(*ASKED, stage=stage), replace(SAMPLING, schema=schema), HERE, ())
        begun = form.encode("<|channel|>final<|message|>")
        assert asked.body["prompt"][-len(begun) :] == begun
        asked.reader.feed({"token_ids": form.encode("{}<|return|>")})
        assert asked.reader.said("stop") == Said("{}", "", "stop")

    def test_a_last_word_has_the_whole_attempt_as_its_prefix(self, form: Any) -> None:
        talk = (*ASKED, Message("assistant", "print(7)", "hm"), Message("tool", "7\n"))
        attempt = form.ask(request(*talk), SAMPLING, HERE, ()).body["prompt"]
        last = form.ask(request(*talk, Message("user", "Now."), stage="harvest"), SAMPLING, HERE, ())
        shared = len(attempt) - len(form.encode("<|start|>assistant"))
        assert last.body["prompt"][:shared] == attempt[:shared]

    def test_the_least_likely_tokens_are_left_out_where_the_settings_say_so(self, form: Any) -> None:
        from aimo_pipeline.llm.harmony import HarmonyFormat

        asked = HarmonyFormat(ClientConfig(min_p=0.02), form._encoding).ask(
            request(*ASKED), SAMPLING, HERE, ()
        )
        assert isinstance(asked, Asked) and asked.more["min_p"] == 0.02
        assert "min_p" not in form.ask(request(*ASKED), SAMPLING, HERE, ()).more

    def test_a_server_that_tells_no_ids_is_read_by_its_text(self, form: Any) -> None:
        asked = form.ask(request(*ASKED), SAMPLING, HERE, ())
        for text in ("<|channel|>final", "<|message|>4", "2"):
            asked.reader.feed({"text": text, "stop_reason": None})
        asked.reader.feed({"text": "", "stop_reason": form._tokens.turn_end})
        assert asked.reader.said("stop") == Said("42", "", "stop")


class TestVocabulary:
    def test_a_folder_without_it_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        from aimo_pipeline.llm.harmony import load_encoding

        with pytest.raises(UserError, match="build_submission.py model"):
            load_encoding(tmp_path)


def recorded_turns(row: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """Each turn of the assistant: its tokens as text, how it ended, and what it thought, called and said."""
    text, thinking = "", []
    for message in row["messages"]:
        if message["role"] != "assistant":
            continue
        if text:
            text += "<|start|>assistant"
        callee = " to=python code" if message["recipient"] == "python" else ""
        end = f"<|{message['end']}|>" if message["end"] else ""
        text += f"<|channel|>{message['channel']}{callee}<|message|>{message['text']}{end}"
        if message["channel"] == "analysis" and not callee:
            thinking.append(message["text"])
        if message["end"] != "end":
            yield text, message["end"] or "deadline", "\n".join(thinking).strip(), callee, message["text"]
            text, thinking = "", []


class TestRecordedTraces:
    """Every turn of the recorded gpt-oss conversations is read as what it was."""

    @pytest.mark.skipif(not TRACES.exists(), reason="the recorded traces are not on this machine")
    def test_each_turn_is_read_and_comes_back_to_the_token(self, form: Any) -> None:
        calls = others = 0
        for line in TRACES.read_text("utf-8").splitlines():
            for text, end, thinking, callee, last in recorded_turns(json.loads(line)):
                turn = form.encode(text)
                said = form.read(turn, "stop" if end in ("call", "return") else end)
                assert isinstance(said, Said)
                if callee:
                    calls += 1
                    assert said == Said(last, thinking, "tool")
                    talk = (*ASKED, Message("assistant", said.text, said.thinking), Message("tool", ""))
                    before = len(form.render(ASKED, "high", tool=True))
                    again = form.render(talk, "high", tool=True)
                    assert again[before:][: len(turn)] == turn
                else:
                    others += 1
                    assert last.strip() in (said.text.strip(), said.thinking[-len(last.strip()) :])
        assert calls >= 140 and others >= 30
