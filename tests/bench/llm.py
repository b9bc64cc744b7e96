"""The model's server beside Hugging Face's generate: tokens per second, TTFT with and without prefix cache.

    python -m tests.bench.llm [--json OUT.json] [--tokens 64] [--rows hf,vllm,prefix,client]

Everything is measured in one run on one machine, with the small model of `build_submission.py model`, and
told as ratios: absolute figures of a 135M model on a CPU say nothing about gpt-oss on an H100. Run it on an
idle machine; it takes about two minutes on two cores.

    one at a time, batch of 8    transformers' generate, in a process of its own
    vLLM 1, 8, 32                through our client, so many requests at the same time
    prefix on / off              TTFT of requests that share 500 tokens, cache warm
    client                       our time per request and per token against a server that answers at once
    abort                        from the cancel until the engine runs nothing (its /metrics, every 20 ms)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aimo_pipeline.config import LlmConfig
from aimo_pipeline.config.llm_presets import from_preset
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.chat import ChatFormat
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.completer import Completion, CompletionRequest, Message, Sampling
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.probe import Probe
from aimo_pipeline.llm.remote import RemoteEngine
from aimo_pipeline.llm.server import Supervisor
from aimo_pipeline.observe.journal import Journal
from tests.llm.fake_openai import FakeOpenAI, Stream

CLOCK = MonotonicClock()
QUESTION = "Tell the story of number {}, from its birth to its fame, in as many words as you can find."
PREFIX = " ".join(f"word{number % 97}" for number in range(250))  # about 500 tokens

# Runs in vLLM's environment, which has transformers; prints seconds for each row.
HF = """
import json, sys, time, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, tokens, questions = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
tok = AutoTokenizer.from_pretrained(folder, padding_side="left")
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
def run(batch):
    texts = [tok.apply_chat_template([{"role": "user", "content": q}], tokenize=False, add_generation_prompt=True) for q in batch]
    given = tok(texts, return_tensors="pt", padding=True)
    began = time.monotonic()
    model.generate(**given, do_sample=False, min_new_tokens=tokens, max_new_tokens=tokens)
    return time.monotonic() - began
run(questions[:1])
print(json.dumps({"one": [run([q]) for q in questions[:3]], "eight": [run(questions[:8]) for _ in range(2)]}))
"""  # noqa: E501


def settings(*, prefix_caching: bool = True) -> LlmConfig:
    """The small model's preset, from the variables that `build_submission.py test` sets."""
    model, python = os.environ["AIMO_TEST_MODEL"], os.environ["AIMO_TEST_VLLM_PYTHON"]
    llm = from_preset("smollm2-cpu", Path(model), python=Path(python), environ=os.environ)
    assert llm.engine is not None
    return replace(llm, engine=replace(llm.engine, prefix_caching=prefix_caching))


class Session:
    """A running server and our client of it."""

    def __init__(self, completer: OpenAICompleter, engine: Supervisor, endpoint: Endpoint) -> None:
        self.completer, self.engine, self.endpoint = completer, engine, endpoint

    async def ask(self, text: str, tokens: int) -> Completion:
        sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=tokens)
        request = CompletionRequest(Problem("b", text), "trace", 0, 0, (Message("user", text),), sampling)
        outcome = await self.completer.complete(request, deadline=Deadline.after(300.0, CLOCK))
        assert isinstance(outcome, Completion), outcome
        return outcome


@asynccontextmanager
async def session(config: LlmConfig) -> AsyncIterator[Session]:
    with tempfile.TemporaryDirectory() as folder, Journal.open(Path(folder) / "j.jsonl", CLOCK) as journal:
        form = ChatFormat(config.client)
        async with (
            Supervisor.opened(config, form, journal=journal, clock=CLOCK) as engine,
            OpenAICompleter.opened(
                engine, form, config=config.client, journal=journal, clock=CLOCK
            ) as completer,
        ):
            endpoint = await engine.endpoint(deadline=Deadline.after(600.0, CLOCK))
            assert isinstance(endpoint, Endpoint), endpoint
            yield Session(completer, engine, endpoint)


async def speed(at: Session, together: int, tokens: int, repeats: int) -> dict[str, float]:
    """Generated tokens per second with so many requests at the same time."""
    speeds = []
    for turn in range(repeats):
        began_s = CLOCK.now_s()
        said = await asyncio.gather(
            *(at.ask(QUESTION.format(1000 * turn + number), tokens) for number in range(together))
        )
        generated = sum(one.measures.completion_tokens or 0 for one in said)
        speeds.append(generated / (CLOCK.now_s() - began_s))
    return spread(speeds)


def spread(values: list[float]) -> dict[str, float]:
    """Median and range."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


async def abort_s(at: Session) -> float:
    """From cancelling 8 requests until the engine runs none."""
    tasks = [asyncio.ensure_future(at.ask(QUESTION.format(number), 1500)) for number in range(8)]
    async with Probe.opened(at.endpoint.base_url, timeout_s=10.0) as probe:
        while (told := await probe.gauges()) is None or told.running < 8:
            await asyncio.sleep(0.02)
        began_s = CLOCK.now_s()
        for task in tasks:
            task.cancel()
        while (told := await probe.gauges()) is None or told.running > 0:
            await asyncio.sleep(0.02)
        took_s = CLOCK.now_s() - began_s
    await asyncio.wait(tasks)
    return took_s


async def prefix_ttft(at: Session, requests: int = 8) -> dict[str, float]:
    """TTFT of requests with a common beginning, one after another, the first left out."""
    await at.ask(f"{PREFIX} first", 2)
    said = [await at.ask(f"{PREFIX} {number}", 2) for number in range(requests)]
    return spread([one.measures.ttft_s or 0.0 for one in said])


async def client_cost(tokens: int = 256, requests: int = 50) -> dict[str, float]:
    """Our processor time against a server in this process that answers at once; its own is part of it."""
    config = settings().client
    with tempfile.TemporaryDirectory() as folder, Journal.open(Path(folder) / "j.jsonl", CLOCK) as journal:
        async with FakeOpenAI() as server:
            engine = RemoteEngine(server.base_url, config=config, clock=CLOCK)
            form = ChatFormat(config)
            async with OpenAICompleter.opened(
                engine, form, config=config, journal=journal, clock=CLOCK
            ) as completer:
                request = CompletionRequest(Problem("b", "x"), "trace", 0, 0, (Message("user", "x"),))

                async def run(pieces: int) -> float:
                    server.behave = lambda path, body: Stream(("x",) * pieces)
                    began_s = time.process_time()
                    for _ in range(requests):
                        await completer.complete(request, deadline=Deadline.after(60.0, CLOCK))
                    return (time.process_time() - began_s) / requests

                await run(1)
                short_s, long_s = await run(1), await run(tokens)
    return {"request_ms": 1000 * short_s, "token_us": 1e6 * (long_s - short_s) / (tokens - 1)}


def hugging_face(tokens: int) -> dict[str, dict[str, float]]:
    """transformers' generate, in vLLM's environment."""
    config = settings().engine
    assert config is not None and config.python is not None
    questions = json.dumps([QUESTION.format(number) for number in range(8)])
    argv = [str(config.python), "-c", HF, str(config.model), str(tokens), questions]
    told = subprocess.run(argv, capture_output=True, text=True, check=True)
    found = json.loads(told.stdout.splitlines()[-1])
    return {
        "one": spread([tokens / seconds for seconds in found["one"]]),
        "eight": spread([8 * tokens / seconds for seconds in found["eight"]]),
    }


async def measure(rows: list[str], tokens: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "hf" in rows:
        found["hugging face, one at a time"], found["hugging face, batch of 8"] = hugging_face(
            tokens
        ).values()
    if "client" in rows:
        found["client"] = await client_cost()
    if "vllm" in rows or "prefix" in rows:
        async with session(settings()) as at:
            if "vllm" in rows:
                for together, repeats in ((1, 3), (8, 2), (32, 2)):
                    found[f"vLLM, {together} at once"] = await speed(at, together, tokens, repeats)
                found["abort to free, s"] = spread([await abort_s(at) for _ in range(3)])
            if "prefix" in rows:
                found["TTFT, prefix caching on, s"] = await prefix_ttft(at)
    if "prefix" in rows:
        async with session(settings(prefix_caching=False)) as at:
            found["TTFT, prefix caching off, s"] = await prefix_ttft(at)
    return found


def ratios(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What the absolute figures come to: of the medians, and the range that the ranges leave."""
    pairs = {
        "vLLM 32 at once / Hugging Face one at a time": ("vLLM, 32 at once", "hugging face, one at a time"),
        "vLLM 32 at once / Hugging Face batch of 8": ("vLLM, 32 at once", "hugging face, batch of 8"),
        "vLLM 32 at once / vLLM one at a time": ("vLLM, 32 at once", "vLLM, 1 at once"),
        "vLLM one / Hugging Face one": ("vLLM, 1 at once", "hugging face, one at a time"),
        "TTFT without / with prefix caching": ("TTFT, prefix caching off, s", "TTFT, prefix caching on, s"),
    }
    told = {
        name: (found[one], found[other]) for name, (one, other) in pairs.items() if {one, other} <= set(found)
    }
    return {
        name: {
            "median": one["median"] / other["median"],
            "least": one["least"] / other["most"],
            "most": one["most"] / other["least"],
        }
        for name, (one, other) in told.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rows", default="hf,vllm,prefix,client")
    arguments = parser.parse_args()
    if not os.environ.get("AIMO_TEST_MODEL"):
        sys.exit(
            "no model: `build_submission.py model` makes one; set AIMO_TEST_MODEL, AIMO_TEST_VLLM_PYTHON"
        )
    found = asyncio.run(measure(arguments.rows.split(","), arguments.tokens))
    told: dict[str, Any] = {"measured": found, "ratios": ratios(found), "load": os.getloadavg()}
    for name, row in found.items():
        sys.stdout.write(
            f"{name:32} " + "  ".join(f"{part} {value:9.3f}" for part, value in row.items()) + "\n"
        )
    for name, row in told["ratios"].items():
        values = "  ".join(f"{part} {value:6.2f}" for part, value in row.items())
        sys.stdout.write(f"{name:48} {values}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
