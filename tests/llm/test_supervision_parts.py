"""The parts of the supervision that need no server."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from aimo_pipeline.config import EngineConfig, LlmConfig, SupervisionConfig
from aimo_pipeline.config.llm_presets import PRESETS, from_preset
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.canary import judge
from aimo_pipeline.llm.completer import Completion, Measures, NoCompletion
from aimo_pipeline.llm.endpoint import Activity
from aimo_pipeline.llm.gauges import Gauges, read_gauges
from aimo_pipeline.llm.inventory import inventory
from aimo_pipeline.llm.launch import command, environment
from aimo_pipeline.llm.leftovers import Leftovers
from aimo_pipeline.llm.pagecache import warm, weight_files

CONFIG = SupervisionConfig()


def preset(name: str) -> EngineConfig:
    engine = from_preset(name, Path("/models/x"), python=None, environ={}).engine
    assert engine is not None
    return engine


class TestCommand:
    """The settings become vLLM's own arguments, and what is not set is not named."""

    def test_gpt_oss_on_an_h100_is_served_as_the_leading_notebooks_do(self) -> None:
        argv = command(preset("gpt-oss-120b-h100"), port=8000)
        pairs = set(zip(argv, argv[1:], strict=False))
        assert {
            ("serve", "/models/x"),
            ("--host", "127.0.0.1"),
            ("--port", "8000"),
            ("--kv-cache-dtype", "fp8_e4m3"),
            ("--max-model-len", "65536"),
            ("--gpu-memory-utilization", "0.96"),
            ("--served-model-name", "gpt-oss-120b"),
        } <= pairs
        assert "--enable-prefix-caching" in argv
        # MXFP4 is what the model's own config says.
        assert not {"--quantization", "--dtype", "--enforce-eager", "--speculative-config"} & set(argv)

    def test_a_14b_model_is_spread_over_four_gpus(self) -> None:
        argv = command(preset("14b-awq-l4x4"), port=1)
        assert argv[argv.index("--tensor-parallel-size") + 1] == "4"

    def test_adapters_and_speculation_are_told_when_set(self) -> None:
        engine = replace(
            preset("smollm2-cpu"),
            lora={"tuned": Path("/l")},
            max_lora_rank=8,
            speculative={"method": "ngram", "num_speculative_tokens": 3},
            prefix_caching=False,
        )
        argv = command(engine, port=1)
        assert argv[argv.index("--lora-modules") + 1] == "tuned=/l"
        assert json.loads(argv[argv.index("--speculative-config") + 1])["method"] == "ngram"
        assert "--no-enable-prefix-caching" in argv

    def test_the_key_is_in_the_environment_only_and_nothing_is_looked_for_on_the_network(self) -> None:
        engine = replace(preset("gpt-oss-120b-h100"), environ={"PATH": "/bin"})
        told = environment(engine, api_key="s3cret", vocabulary=Path("/voc"))
        assert told["VLLM_API_KEY"] == "s3cret" and "s3cret" not in " ".join(command(engine, port=1))
        assert (told["HF_HUB_OFFLINE"], told["TIKTOKEN_ENCODINGS_BASE"]) == ("1", "/voc")
        assert told["PATH"] == "/bin" and "LD_PRELOAD" not in told

    def test_secrets_of_ours_are_not_handed_on(self) -> None:
        wanted = {
            "PATH": "/bin",
            "CUDA_VISIBLE_DEVICES": "0",
            "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
            "TIKTOKEN_ENCODINGS_BASE": "/voc",
            "VLLM_ATTENTION_BACKEND": "FLASH_ATTN",
        }
        environ = wanted | {"KAGGLE_KEY": "k", "HF_TOKEN": "t", "VLLM_API_KEY": "v"}
        engine = from_preset("smollm2-cpu", Path("/m"), python=None, environ=environ).engine
        assert engine is not None and engine.environ == wanted

    def test_an_unknown_preset_is_answered_with_those_that_there_are(self) -> None:
        with pytest.raises(UserError, match="smollm2-cpu"):
            from_preset("gpt5", Path("/m"), python=None, environ={})
        assert set(PRESETS) == {"gpt-oss-120b-h100", "14b-awq-l4x4", "smollm2-cpu"}


class TestCanary:
    """Silence and noise are told from a wrong answer, which only a model that never errs must not give."""

    @pytest.mark.parametrize(
        ("text", "entropy", "verdict"),
        [
            ("7 + 5 = 12.", 0.3, "right"),
            ("\\boxed{12}", None, "right"),
            ("The answer is 13.", 0.4, "wrong"),
            ("It is 125 or 312 or 1.12", 0.4, "wrong"),
            ("", None, "empty"),
            ("!!!!!!!!!!!!!!!!!!!!", 0.0, "noise"),
            ("zq 12 vmoist Kre plat", 9.5, "noise"),
            ("12 words", math.nan, "noise"),
        ],
    )
    def test_a_reply_has_one_verdict(self, text: str, entropy: float | None, verdict: str) -> None:
        said = Completion(text, "m", measures=Measures(entropy=entropy))
        assert judge(said, CONFIG).verdict == verdict

    def test_no_reply_is_empty_and_says_why(self) -> None:
        canary = judge(NoCompletion("deadline", "no token came"), CONFIG)
        assert canary.verdict == "empty" and "deadline" in canary.text

    def test_a_wrong_answer_counts_only_for_models_that_never_err(self) -> None:
        wrong = judge(Completion("13", "m"), CONFIG)
        assert not wrong.fit(CONFIG) and wrong.fit(replace(CONFIG, canary_strict=False))
        empty = judge(Completion("", "m"), CONFIG)
        assert not empty.fit(replace(CONFIG, canary_strict=False))

    def test_the_answer_may_stand_in_the_thinking(self) -> None:
        assert judge(Completion("", "m", thinking="so 12"), CONFIG).verdict == "right"


class TestGauges:
    """vLLM's figures are summed over its engines; the KV share is that of the fullest."""

    def test_the_figures_of_two_engines(self) -> None:
        text = "\n".join(
            f'vllm:{name}{{engine="{engine}"}} {value}'
            for name, values in {
                "num_requests_running": (2, 3),
                "kv_cache_usage_perc": (0.25, 0.5),
                "generation_tokens_total": (10, 20),
                "something_else": (1, 1),
            }.items()
            for engine, value in enumerate(values)
        )
        assert read_gauges(text + "\n") == Gauges(running=5, kv_share=0.5, generated=30)

    def test_what_is_no_metrics_page_is_an_error(self) -> None:
        with pytest.raises(ValueError):
            read_gauges('vllm:x{engine="0} 1 2 3 4\n')


class TestActivity:
    """Silence is counted only while something is under way, and anew after a pause."""

    def test_silence_is_since_the_last_token_of_any_request(self) -> None:
        clock = FakeClock()
        activity = Activity(clock)
        clock.advance(100)
        assert activity.silent_s() == 0.0
        with activity.request():
            clock.advance(3)
            with activity.request():
                assert activity.silent_s() == 3.0
                activity.progressed()
                clock.advance(1)
                assert activity.silent_s() == 1.0
        assert activity.silent_s() == 0.0 and activity.under_way == 0


class TestPageCache:
    """Weight files are read whole, by several readers, unless memory is short or the work is stopped."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> Path:
        (tmp_path / "model-1.safetensors").write_bytes(b"x" * (9 << 20))
        (tmp_path / "model-2.safetensors").write_bytes(b"x" * (17 << 20))
        (tmp_path / "config.json").write_text("{}")
        # Other programs' copies of the same weights, as gpt-oss is published with.
        for name in ("original/model.safetensors", "metal/model.bin", "pytorch_model.bin"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(b"x" * (1 << 20))
        return tmp_path

    def test_all_weights_are_read_once_in_the_servers_order(self, model: Path) -> None:
        files = weight_files(model)
        assert [file.name for file in files] == ["model-1.safetensors", "model-2.safetensors"]
        done = warm(files, threads=3, spare_bytes=0, stop=threading.Event())
        assert done.bytes == done.of_bytes == 26 << 20

    def test_it_stops_when_told(self, model: Path) -> None:
        stop = threading.Event()
        stop.set()
        assert warm(weight_files(model), threads=3, spare_bytes=0, stop=stop).bytes == 0

    def test_it_leaves_memory_free(self, model: Path) -> None:
        done = warm(weight_files(model), threads=1, spare_bytes=1 << 60, stop=threading.Event())
        assert done.bytes == 0 and done.of_bytes == 26 << 20

    def test_a_folder_without_weights_is_nothing_to_read(self, tmp_path: Path) -> None:
        assert weight_files(tmp_path / "none") == ()


class TestInventory:
    """`doctor` says what is there, and what to do about what is not."""

    def test_a_model_with_its_vocabulary_is_described(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text('{"model_type": "gpt_oss"}')
        header = b'{"w": {"data_offsets": [0, 19999000]}}'
        whole = len(header).to_bytes(8, "little") + header + bytes(19_999_000)
        (tmp_path / "a.safetensors").write_bytes(whole)
        (tmp_path / "o200k_base.tiktoken").write_text("")
        llm = from_preset("gpt-oss-120b-h100", tmp_path, python=None, environ={})
        told = dict(inventory(replace(llm, client=replace(llm.client, vocabulary=tmp_path))))
        assert told["model"] == "gpt_oss, 0.02 GB of weights"
        (tmp_path / "a.safetensors").write_bytes(whole[:-1])
        assert "a.safetensors is cut" in dict(inventory(llm))["model"]
        assert told["vocabulary"] == "o200k_base"
        assert "harmony" in told["completions"]

    def test_what_is_missing_is_said_with_what_to_do(self, tmp_path: Path) -> None:
        told = dict(inventory(LlmConfig()))
        assert "AIMO_MODEL" in told["completions"] and "AIMO_MODEL" in told["model"]
        assert (
            "build_submission.py model" in told["vLLM"] and "build_submission.py model" in told["vocabulary"]
        )
        lost = from_preset("smollm2-cpu", tmp_path / "none", python=tmp_path / "python", environ={})
        told = dict(inventory(lost))
        assert "cannot be read" in told["model"] and "there is no" in told["vLLM"]


class TestLeftovers:
    """What a killed group leaves in shared memory goes with it, and nothing else."""

    HOLDER = """
import os, sys
from multiprocessing import shared_memory
kept = shared_memory.SharedMemory(create=True, size=64)
foreign = os.open("/dev/shm/" + sys.argv[1], os.O_CREAT | os.O_RDWR)
os.ftruncate(foreign, 64)
import mmap
mapped = mmap.mmap(foreign, 64)
open(f"/dev/shm/__KMP_REGISTERED_LIB_{os.getpid()}_{os.getuid()}", "w").close()
print(kept.name, flush=True)
sys.stdin.read()
"""

    def test_names_of_a_killed_group_are_removed(self, tmp_path: Path) -> None:
        foreign = Path("/dev/shm", f"foreign-{os.getpid()}")
        argv = [sys.executable, "-c", self.HOLDER, foreign.name]
        with Leftovers.cleared() as left:
            child = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
            )
            assert child.stdout is not None
            shared = Path("/dev/shm", child.stdout.readline().strip())
            registered = Path("/dev/shm", f"__KMP_REGISTERED_LIB_{child.pid}_{os.getuid()}")
            left.follow(child.pid)
            left.look()
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            child.stdout.close()
            assert shared.exists() and registered.exists()
        try:
            assert not shared.exists() and not registered.exists()
            assert foreign.exists()  # of no kind that a server makes
        finally:
            foreign.unlink()

    def test_a_group_that_cleans_up_itself_is_no_error(self) -> None:
        child = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
        with Leftovers.cleared() as left:
            left.follow(child.pid)
            left.look()
            child.kill()
            child.wait()
            left.look()
