"""The client of OpenAI-compatible servers, against a server that is scripted at the transport's level."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.chat import ChatFormat
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
    Sampling,
)
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.remote import RemoteEngine
from aimo_pipeline.observe.journal import Journal, read_journal
from tests.llm.fake_openai import Drop, Fail, FakeOpenAI, Hang, Raw, Reply, Stream

T = TypeVar("T")
CLOCK = MonotonicClock()
QUICK = ClientConfig(retry_s=0.01, retry_most_s=0.02, connect_s=1.0, idle_s=5.0)
ASKED = CompletionRequest(
    Problem("p", "How many?"), "trace", 2, 0, (Message("system", "s"), Message("user", "How many?"))
)
SAMPLING = Sampling(temperature=0.5, top_p=0.9)


class Bench:
    """A fake server and a completer that asks it."""

    def __init__(self, server: FakeOpenAI, completer: OpenAICompleter, journal: Path) -> None:
        self.server, self.completer, self.journal = server, completer, journal

    async def ask(self, request: CompletionRequest = ASKED, within_s: float = 20.0) -> CompletionOutcome:
        return await self.completer.complete(request, deadline=Deadline.after(within_s, CLOCK))

    def events(self, kind: str) -> list[dict[str, object]]:
        return [event for event in read_journal(self.journal) if event["type"] == kind]


def with_server(tmp_path: Path, work: Callable[[Bench], Awaitable[T]], config: ClientConfig = QUICK) -> T:
    async def run() -> T:
        path = tmp_path / "journal.jsonl"
        async with FakeOpenAI() as server:
            with Journal.open(path, CLOCK) as journal:
                engine = RemoteEngine(server.base_url, config=config, clock=CLOCK)
                async with OpenAICompleter.opened(
                    engine, ChatFormat(config), config=config, journal=journal, clock=CLOCK
                ) as completer:
                    return await work(Bench(server, completer, path))

    return asyncio.run(run())


class TestWhatIsSent:
    """A request says what the conversation and its sampling say, and no more."""

    def test_conversation_and_sampling_are_sent_as_they_are(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            schema = {"type": "object"}
            sampling = replace(SAMPLING, max_tokens=7, seed=3, schema=schema, entropy=True)
            bench.server.replies += [Stream(("x",))]
            await bench.ask(replace(ASKED, sampling=sampling))
            [(path, body)] = bench.server.requests
            assert path == "/chat/completions"
            assert body["messages"] == [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "How many?"},
            ]
            told = {name: body[name] for name in ("model", "temperature", "top_p", "max_tokens", "seed")}
            assert told == {"model": "fake", "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": 3}
            assert body["response_format"]["json_schema"]["schema"] == schema
            assert body["logprobs"] is True

        with_server(tmp_path, work)

    def test_without_sampling_the_settings_hold_and_the_context_is_the_limit(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("x",))]
            await bench.ask()
            [(_, body)] = bench.server.requests
            assert (body["temperature"], body["top_p"]) == (QUICK.temperature, QUICK.top_p)
            assert not {"max_tokens", "seed", "response_format", "logprobs"} & set(body)

        with_server(tmp_path, work)

    @pytest.mark.parametrize(("model", "told"), [("openai/gpt-oss-120b", "high"), ("qwen3", None)])
    def test_the_effort_is_told_to_models_that_know_it(
        self, tmp_path: Path, model: str, told: str | None
    ) -> None:
        async def work(bench: Bench) -> None:
            bench.server.model = model
            bench.server.replies += [Stream(("x",))]
            await bench.ask(replace(ASKED, sampling=replace(SAMPLING, reasoning="high")))
            [(_, body)] = bench.server.requests
            assert body.get("reasoning_effort") == told

        with_server(tmp_path, work)

    def test_a_stage_may_have_an_adapter(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("x",))] * 2
            outcomes = [await bench.ask(), await bench.ask(replace(ASKED, stage="tir"))]
            assert [body["model"] for _, body in bench.server.requests] == ["tuned", "fake"]
            assert [one.author for one in outcomes if isinstance(one, Completion)] == ["tuned", "fake"]

        with_server(tmp_path, work, replace(QUICK, adapters={"trace": "tuned"}))

    def test_a_tools_output_is_a_turn_that_every_template_knows(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("x",))]
            await bench.ask(replace(ASKED, messages=(Message("tool", "7"),)))
            [(_, body)] = bench.server.requests
            assert body["messages"] == [{"role": "user", "content": "Output of the program:\n7"}]

        with_server(tmp_path, work)


class TestWhatComesBack:
    """Text, thinking, the reason of the end, and what it cost."""

    def test_pieces_become_one_text_of_the_model(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("\\boxed", "{4", "2}"))]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            assert (outcome.text, outcome.thinking, outcome.author) == ("\\boxed{42}", "", "fake")
            assert outcome.finish == "stop"

        with_server(tmp_path, work)

    @pytest.mark.parametrize(
        "pieces",
        [
            ({"reasoning_content": "hm"}, {"reasoning_content": "m"}, "42"),
            ({"reasoning": "hmm"}, {"content": "42", "reasoning": None}),
            (
                "<think>hm",
                "m</think>\n\n42",
            ),
            ("hmm</think>42",),
        ],
    )
    def test_thinking_is_kept_apart_however_the_server_tells_it(
        self, tmp_path: Path, pieces: tuple[str, ...]
    ) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(pieces)]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            assert (outcome.thinking, outcome.text) == ("hmm", "42")

        with_server(tmp_path, work)

    def test_thinking_that_the_limit_cut_is_no_text(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("<think>so 4",), finish="length")]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            assert (outcome.text, outcome.thinking, outcome.finish) == ("", "so 4", "length")

        with_server(tmp_path, work)

    def test_costs_are_those_the_server_counts_and_times_those_we_see(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            usage = {
                "prompt_tokens": 90,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 64},
            }
            bench.server.replies += [Stream(("a", "b", "c"), pause_s=0.05, usage=usage)]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            told = outcome.measures
            assert (told.prompt_tokens, told.cached_tokens, told.completion_tokens) == (90, 64, 3)
            assert told.ttft_s is not None and 0.05 <= told.ttft_s < 2.0
            assert told.tpot_s is not None and 0.04 <= told.tpot_s < 1.0

        with_server(tmp_path, work)

    def test_entropy_is_the_mean_over_the_tokens_and_over_the_last_ones(self, tmp_path: Path) -> None:
        def piece(*probabilities: float) -> dict[str, object]:
            top = [{"token": "x", "logprob": math.log(one)} for one in probabilities]
            return {"delta": {"content": "x"}, "logprobs": {"content": [{"top_logprobs": top}]}}

        async def work(bench: Bench) -> None:
            lines = [{"choices": [{"index": 0, **piece(*one)}]} for one in ((0.5, 0.5), (1.0,))]
            lines.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            bench.server.replies += [Raw([f"data: {json.dumps(line)}" for line in lines])]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            assert outcome.measures.entropy == pytest.approx(math.log(2) / 2)
            assert outcome.measures.tail_entropy == pytest.approx(0.0)

        with_server(tmp_path, work, replace(QUICK, tail_tokens=1))

    def test_a_model_that_ends_without_a_word_is_no_completion(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("", " \n"))]
            outcome = await bench.ask()
            assert isinstance(outcome, NoCompletion) and outcome.cause == "empty"

        with_server(tmp_path, work)


class TestTransportErrors:
    """A connection that breaks is no answer: the request is sent again, within its deadline."""

    @pytest.mark.parametrize(
        "trouble",
        [
            Drop(),
            Drop(("4",)),
            Fail(500, "EngineDeadError"),
            Fail(503),
            Fail(429, "slow down"),
            Stream(("4",), finish=None),
            Raw(["data: {not json"]),
            Raw(['data: {"error": {"message": "EngineCore died", "code": 500}}']),
            Raw(["<html>a proxy's page</html>"]),
        ],
        ids=str,
    )
    def test_it_is_sent_again_and_the_journal_says_why(self, tmp_path: Path, trouble: Stream) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [trouble, Stream(("4", "2"))]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion) and outcome.text == "42"
            [event] = bench.events("CompletionRetried")
            assert event["number"] == 1 and event["reason"]

        with_server(tmp_path, work)

    def test_it_is_given_up_after_so_many_tries(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Drop()] * 3
            outcome = await bench.ask()
            assert isinstance(outcome, NoCompletion) and outcome.cause == "engine_died"
            assert len(bench.server.requests) == 3

        with_server(tmp_path, work, replace(QUICK, tries=3))

    def test_what_had_come_is_kept_when_it_is_given_up(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Drop(("so ", "far")), Drop(("so",)), Drop()]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion)
            assert (outcome.text, outcome.finish) == ("so far", "deadline")
            [dropped] = bench.events("CompletionDropped")
            assert (dropped["why"], dropped["text"], dropped["tokens"]) == ("retried", "so", 1)

        with_server(tmp_path, work, replace(QUICK, tries=3))

    @pytest.mark.parametrize(
        ("refusal", "cause"),
        [
            (
                Fail(400, "This model's maximum context length is 1024 tokens. However, you requested"),
                "context",
            ),
            (Fail(400, "max_tokens=6000 cannot be greater than max_model_len=1024"), "context"),
            (Fail(404, "no such model"), "refused"),
            (Fail(401, "no such key"), "refused"),
        ],
    )
    def test_a_refusal_is_final_and_has_its_cause(self, tmp_path: Path, refusal: Fail, cause: str) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [refusal]
            outcome = await bench.ask()
            assert isinstance(outcome, NoCompletion) and outcome.cause == cause
            assert refusal.message[:20] in outcome.detail
            assert len(bench.server.requests) == 1

        with_server(tmp_path, work)

    @pytest.mark.parametrize("status", [400, 422])
    def test_a_server_that_does_not_know_our_extras_is_asked_for_the_text_alone(
        self, tmp_path: Path, status: int
    ) -> None:
        extras = {"logprobs", "top_logprobs", "seed", "response_format", "min_p", "stream_options"}

        def behave(path: str, body: dict[str, object]) -> Reply:
            return Fail(status, "unknown parameter") if extras & set(body) else Stream(("42",))

        async def work(bench: Bench) -> None:
            bench.server.behave = behave
            sampling = replace(SAMPLING, seed=3, schema={"type": "object"}, entropy=True)
            for _ in range(2):
                outcome = await bench.ask(replace(ASKED, sampling=sampling))
                assert isinstance(outcome, Completion) and outcome.text == "42"
            assert [bool(extras & set(body)) for _, body in bench.server.requests] == [True, False, False]

        with_server(tmp_path, work, replace(QUICK, min_p=0.1))

    def test_one_that_refuses_the_text_too_says_why(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Fail(400, "bad"), Fail(400, "really bad"), Stream(("42",))]
            outcome = await bench.ask()
            assert isinstance(outcome, NoCompletion) and outcome.cause == "refused"
            assert "really bad" in outcome.detail
            again = await bench.ask()
            assert isinstance(again, Completion) and "stream_options" in bench.server.requests[-1][1]

        with_server(tmp_path, work)

    @pytest.mark.parametrize(
        "line",
        [
            '{"choices": null}',
            '{"choices": [{"delta": null, "logprobs": 7}]}',
            '{"choices": [{"delta": {"content": 5, "reasoning": []}, "token_ids": "x"}], "usage": []}',
            '{"choices": ["x"]}',
            '{"choices": [{"delta": {}, "logprobs": {"content": [{"top_logprobs": [{"logprob": "a"}]}]}}]}',
        ],
    )
    def test_fields_of_a_wrong_type_are_passed_over(self, tmp_path: Path, line: str) -> None:
        async def work(bench: Bench) -> None:
            ending = '{"choices": [{"delta": {"content": "42"}, "finish_reason": "stop"}]}'
            bench.server.replies += [Raw([f"data: {line}", f"data: {ending}", "data: [DONE]"])]
            outcome = await bench.ask()
            assert isinstance(outcome, Completion) and outcome.text == "42"

        with_server(tmp_path, work)


class TestDeadline:
    """At the deadline the stream is closed, and what had come is kept."""

    def test_what_had_come_is_kept_and_the_server_stops(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("a",) * 1000, pause_s=0.05)]
            began_s = time.monotonic()
            outcome = await bench.ask(within_s=0.5)
            assert time.monotonic() - began_s < 1.5
            assert isinstance(outcome, Completion) and outcome.finish == "deadline"
            assert 1 <= len(outcome.text) <= 12
            assert outcome.measures.completion_tokens == len(outcome.text)
            await _until(lambda: bench.server.aborted == 1)

        with_server(tmp_path, work)

    def test_without_a_token_there_is_no_completion(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Hang()]
            outcome = await bench.ask(within_s=0.3)
            assert isinstance(outcome, NoCompletion) and outcome.cause == "deadline"
            await _until(lambda: bench.server.open_streams == 0)

        with_server(tmp_path, work)

    def test_a_deadline_that_has_passed_costs_nothing(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            outcome = await bench.ask(within_s=0.0)
            assert isinstance(outcome, NoCompletion)
            assert bench.server.requests == []

        with_server(tmp_path, work)


class TestCancel:
    """Cancelling closes the stream at once, and nothing is left behind."""

    def test_the_server_sees_the_end_of_each_stream(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("a",) * 1000, pause_s=0.05)] * 8
            asked = [asyncio.ensure_future(bench.ask()) for _ in range(8)]
            await _until(lambda: bench.server.open_streams == 8)
            for one in asked:
                one.cancel()
            ended = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in ended)
            await _until(lambda: bench.server.open_streams == 0)
            assert bench.server.aborted == 8
            assert bench.completer._engine.activity.under_way == 0
            assert len(asyncio.all_tasks()) <= 2 + 8  # this one, and the server's connections as they close

        with_server(tmp_path, work)

    def test_what_had_come_until_then_is_in_the_journal(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            bench.server.replies += [Stream(("a",) * 1000, pause_s=0.02)]
            came = asyncio.Event()
            bench.completer._engine.activity = Telling(came)
            asked = asyncio.ensure_future(bench.ask())
            await asyncio.wait_for(came.wait(), 20.0)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            [dropped] = bench.events("CompletionDropped")
            assert (dropped["problem_id"], dropped["sample"], dropped["why"]) == ("p", 2, "cancelled")
            assert dropped["text"] == "a" * int(str(dropped["tokens"])) != ""

        with_server(tmp_path, work)


class Telling(Activity):
    """Tells when the third token has come."""

    def __init__(self, came: asyncio.Event) -> None:
        self._came, self._tokens = came, 0
        super().__init__(CLOCK)

    def progressed(self) -> None:
        self._tokens += 1
        if self._tokens == 4:  # the first call tells of the request itself
            self._came.set()
        super().progressed()


class TestTheModelsName:
    """The server is asked which model it has, once."""

    def test_a_model_that_it_does_not_have_is_named_with_those_that_it_has(self, tmp_path: Path) -> None:
        async def work(bench: Bench) -> None:
            outcome = await bench.ask()
            assert isinstance(outcome, NoCompletion) and outcome.cause == "engine_died"
            assert "gpt-oss" in outcome.detail and "fake" in outcome.detail

        with_server(tmp_path, work, replace(QUICK, model="gpt-oss"))

    def test_a_server_that_is_not_up_yet_is_waited_for(self, tmp_path: Path) -> None:
        async def run() -> Endpoint | Unavailable:
            async with FakeOpenAI() as first:
                address = first.base_url
            engine = RemoteEngine(address, config=QUICK, clock=CLOCK)
            return await engine.endpoint(deadline=Deadline.after(0.4, CLOCK))

        outcome = asyncio.run(run())
        assert isinstance(outcome, Unavailable) and "did not answer in time" in outcome.reason


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")
