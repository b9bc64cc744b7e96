"""Starts that come to nothing: what their logs say, what is changed then, and folders without a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import EngineConfig, SupervisionConfig
from aimo_pipeline.config.llm_presets import PRESETS
from aimo_pipeline.llm.course import Course, Ended
from aimo_pipeline.llm.easing import eased
from aimo_pipeline.llm.folder import unfit
from aimo_pipeline.llm.launch import command
from aimo_pipeline.llm.trouble import Cause, Log, Trouble

LOGS = Path(__file__).parents[1] / "fixtures" / "logs"
ECHO = "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"
ENGINE = "(EngineCore pid=7) ERROR 11-27 12:18:50 [core.py:1510] "
FREE = (
    "ValueError: Free memory on device cuda:0 (70.1/79.2 GiB) on startup is less than desired GPU memory "
    "utilization (0.96, 76.0 GiB). Decrease GPU memory utilization or reduce GPU memory used by others."
)
BLOCKS = "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`"
FITS = (
    "ValueError: To serve at least one request with the model's max seq len (65536), (9.0 GiB KV cache is "
    "needed, which is larger than the available KV cache memory (4.1 GiB). Based on the available memory, "
    "the estimated maximum model length is 29856. Try increasing `gpu_memory_utilization`"
)
DERIVED = (
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n  Value error, "
    "User-specified max_model_len (1048576) is greater than the derived max_model_len "
    "(max_position_embeddings=8192.0 or model_max_length=None in model's config.json)."
)
TOLD: tuple[tuple[str, Cause], ...] = (
    (FREE, "memory"),
    (BLOCKS, "memory"),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "memory"),
    ("RuntimeError: CUDA out of memory occurred when warming up sampler with 64 dummy requests.", "memory"),
    (FITS, "context"),
    ("OSError: [Errno 98] Address already in use", "port"),
    ("RuntimeError: Cannot find any model weights with `/models/x`", "model"),
    ("OSError: It looks like the config file at '/m/config.json' is not a valid JSON file.", "model"),
    ("main.py: error: unrecognized arguments: --stream-interval 8", "arguments"),
    ("vllm serve: error: argument --kv-cache-dtype: invalid choice: 'fp9' (choose from 'auto')", "arguments"),
    (DERIVED, "arguments"),
    ("RuntimeError: CUDA error: an illegal memory access was encountered", "died"),
    ("", "died"),
)
GPU = EngineConfig(
    Path("m"),
    kv_cache_dtype="fp8_e4m3",
    max_model_len=65_536,
    max_num_seqs=64,
    gpu_memory_utilization=0.96,
    stream_interval=8,
)
SPECULATIVE = replace(GPU, speculative={"method": "eagle3"})
WATCHING = SupervisionConfig()


def logged(*texts: str) -> Log:
    log = Log()
    for text in texts:
        log.feed(text)
    return log


class TestLog:
    """The error that ended a server is found among what it wrote, however far up it stands."""

    @pytest.mark.parametrize(("line", "cause"), TOLD, ids=[one[:40] for one, _ in TOLD])
    @pytest.mark.parametrize("head", ["", ENGINE])
    def test_a_message_has_its_cause(self, line: str, cause: Cause, head: str) -> None:
        after = "\n".join(["    frame()"] * 60)
        told = logged(f"INFO loading\n{head}{line}\n{after}\n{ECHO}").trouble(1)
        assert told.cause == cause
        assert line.split("\n")[0][:60] in told.detail

    def test_a_real_log_of_weights_that_are_cut(self) -> None:
        log = logged((LOGS / "cut_weights.log").read_text(encoding="utf-8"))
        assert log.trouble(1).cause == "model"
        assert "SafetensorError" in log.root() and "SafetensorError" in log.tail()
        assert len(log.tail()) < 5_000

    def test_warnings_and_source_lines_are_no_errors(self) -> None:
        lines = "WARNING may cause errors like `OSError: out of memory`\n    raise ValueError(\nready"
        assert logged(lines).trouble(-9) == Trouble("died", "its process ended with status -9: ready")

    def test_what_would_fit_and_what_is_not_taken_are_read(self) -> None:
        assert logged(FITS).trouble(1).context_tokens == 29_856
        assert logged(DERIVED).trouble(1).context_tokens == 8_192
        assert logged(TOLD[8][0]).trouble(2).refused == ("--stream-interval",)
        assert logged(TOLD[9][0]).trouble(2).refused == ("--kv-cache-dtype",)


def change(engine: EngineConfig, trouble: Trouble, failed: int = 1) -> dict[str, Any]:
    """The settings that the next start has otherwise."""
    after = eased(engine, trouble, failed=failed).engine
    return {name: value for name, value in vars(after).items() if value != getattr(engine, name)}


class TestEased:
    """The next start asks for less of what the last one lacked, and for nothing less otherwise."""

    def test_a_device_that_others_use_too_is_taken_less_of(self) -> None:
        assert change(GPU, Trouble("memory", FREE)) == {"gpu_memory_utilization": 0.9}

    def test_a_share_that_is_too_small_for_a_cache_is_not_made_smaller(self) -> None:
        assert change(GPU, Trouble("memory", BLOCKS)) == {"enforce_eager": True}

    def test_memory_is_asked_for_less_and_less_until_nothing_is_left_to_give(self) -> None:
        engine, seen = GPU, list[str]()
        while (step := eased(engine, Trouble("memory", FREE), failed=1)).change:
            engine = step.engine
            seen.append(step.change)
        assert len(seen) == len(set(seen)) < 20
        assert (engine.gpu_memory_utilization, engine.max_num_seqs, engine.max_model_len) == (0.6, 8, 4_096)

    def test_the_context_becomes_what_fits(self) -> None:
        assert change(GPU, logged(FITS).trouble(1)) == {"max_model_len": 29_856}
        assert change(GPU, Trouble("context", "x")) == {"max_model_len": 32_768}

    @pytest.mark.parametrize("cause", ["empty", "noise"])
    def test_silence_and_noise_end_speculative_decoding_at_once(self, cause: Cause) -> None:
        assert change(SPECULATIVE, Trouble(cause, "x")) == {"speculative": None}
        assert change(GPU, Trouble(cause, "x")) == {"kv_cache_dtype": "auto"}

    def test_an_unknown_death_is_bad_luck_the_first_time(self) -> None:
        assert change(SPECULATIVE, Trouble("died", "x")) == {}
        assert change(SPECULATIVE, Trouble("died", "x"), failed=2) == {"speculative": None}

    @pytest.mark.parametrize("cause", ["port", "late", "model"])
    def test_what_settings_cannot_help_changes_none(self, cause: Cause) -> None:
        assert change(GPU, Trouble(cause, "x"), failed=3) == {}

    def test_an_argument_that_is_not_taken_is_left_out_with_its_value(self) -> None:
        after = eased(GPU, logged(TOLD[8][0]).trouble(2), failed=1).engine
        before, told = (command(one, port=1) for one in (GPU, after))
        assert [word for word in before if word not in told] == ["--stream-interval", "8"]
        assert change(after, logged(TOLD[8][0]).trouble(2)) == {"kv_cache_dtype": "auto"}  # it did not help

    @pytest.mark.parametrize("name", PRESETS)
    @pytest.mark.parametrize(("line", "cause"), TOLD)
    def test_any_preset_survives_any_trouble(self, name: str, line: str, cause: Cause) -> None:
        engine = PRESETS[name](Path("m")).engine
        assert engine is not None
        for failed in range(1, 12):
            engine = eased(engine, logged(line).trouble(1), failed=failed).engine
            assert command(engine, port=1)


class TestCourse:
    """Starts go on as long as the run lasts; how long each is waited for comes from the first."""

    @staticmethod
    def failed(cause: Cause) -> Ended:
        return Ended(Trouble(cause, "x"), None, 1)

    def test_bad_starts_are_paused_between_and_called_hopeless_but_go_on(self) -> None:
        course = Course(GPU, WATCHING)
        told = [course.after(self.failed("port")) for _ in range(6)]
        assert [one.pause_s for one in told] == [2.0, 4.0, 8.0, 30.0, 30.0, 30.0]
        assert [one.hopeless for one in told] == [False] * 3 + [True] * 3

    def test_a_folder_that_is_no_model_is_hopeless_at_once_and_soon_looked_at_again(self) -> None:
        told = Course(GPU, WATCHING).after(self.failed("model"))
        assert (told.pause_s, told.hopeless) == (2.0, True)

    def test_a_start_that_was_late_is_waited_for_longer(self) -> None:
        course = Course(GPU, WATCHING)
        waits = [course.start_s()]
        for _ in range(4):
            course.after(self.failed("late"))
            waits.append(course.start_s())
        assert waits == [900.0, 1_800.0, 3_600.0, 3_600.0, 3_600.0]

    @pytest.mark.parametrize(("first_s", "then_s"), [(30.0, 240.0), (130.0, 390.0), (1_100.0, 3_300.0)])
    def test_a_restart_is_waited_for_by_what_the_first_start_took(
        self, first_s: float, then_s: float
    ) -> None:
        course = Course(GPU, WATCHING)
        course.ready(first_s)
        assert course.start_s() == then_s

    def test_a_server_that_was_killed_comes_back_as_it_was(self) -> None:
        course = Course(SPECULATIVE, WATCHING)
        for status in (-9, -15, None, -9, -9):
            told = course.after(Ended(Trouble("died", "x"), 5.0, status))
            assert (told.pause_s, told.change) == (0.0, "")
        assert course.engine == SPECULATIVE

    def test_one_that_ends_itself_soon_after_each_start_comes_back_plainer(self) -> None:
        course = Course(SPECULATIVE, WATCHING)
        died = Ended(Trouble("died", "x"), 5.0, -11)
        assert course.after(died).change == ""
        assert course.after(died).change == "no speculative decoding"

    def test_one_whose_replies_were_empty_comes_back_plainer_at_once(self) -> None:
        told = Course(SPECULATIVE, WATCHING).after(Ended(Trouble("empty", "x"), 5_000.0, None))
        assert told.change == "no speculative decoding"


def model(folder: Path, **shards: int) -> Path:
    """A folder with a model of tiny shards; a number is how many bytes of a shard are missing."""
    header = json.dumps({"__metadata__": {}, "w": {"data_offsets": [0, 100]}}).encode()
    (folder / "config.json").write_text("{}")
    whole = len(header).to_bytes(8, "little") + header + bytes(100)
    for name, less in shards.items():
        (folder / f"{name}.safetensors").write_bytes(whole[: len(whole) - less])
    return folder


class TestFolder:
    """A folder that is missing or half copied is named before a server is started on it."""

    def test_a_whole_model_is_fit(self, tmp_path: Path) -> None:
        folder = model(tmp_path, a=0, b=0)
        index = {"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        assert unfit(folder) is None

    def test_what_is_missing_or_cut_is_named(self, tmp_path: Path) -> None:
        assert "no folder" in (unfit(tmp_path / "none") or "")
        assert "config.json" in (unfit(tmp_path) or "")
        assert "no weights" in (unfit(model(tmp_path)) or "")
        assert "a.safetensors is cut" in (unfit(model(tmp_path, a=1)) or "")
        assert "cannot be read" in (unfit(model(tmp_path, a=160)) or "")
        model(tmp_path, a=0)
        (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"x": "a", "y": "c"}}')
        assert "2 files of weights are missing" in (unfit(tmp_path) or "")
        (tmp_path / "model.safetensors.index.json").write_text('{"weight')
        assert "index.json is broken" in (unfit(tmp_path) or "")
