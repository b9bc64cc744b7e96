"""The settings, and how the environment overrides them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.errors import UserError


def slices(config: object) -> Iterator[object]:
    """A settings object and all below it."""
    yield config
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from slices(value)


class TestConfig:
    """A frozen tree with a default for everything."""

    def test_no_slice_can_be_changed(self) -> None:
        found = list(slices(Config()))
        assert len(found) > 8
        for one in found:
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(one, dataclasses.fields(one)[0].name, None)  # type: ignore[arg-type]

    def test_equal_settings_are_equal(self) -> None:
        assert Config() == Config()
        assert (
            dataclasses.replace(Config(), llm=dataclasses.replace(Config().llm, recordings=(Path("x"),)))
            != Config()
        )

    def test_fifty_problems_fit_into_the_competitions_five_hours(self) -> None:
        budget = Config().budget
        assert budget.problems * budget.base_s + budget.reserve_s <= budget.total_s <= 5 * 3600

    def test_a_problems_reserve_is_a_small_part_of_its_grant(self) -> None:
        assert 0 < Config().budget.answer_reserve_s < Config().budget.base_s / 20


class TestConfigFromEnviron:
    """Only the mapping that is handed in is read; what is absent or empty keeps its default."""

    def test_an_empty_environment_gives_the_defaults_and_the_working_directory(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        config = config_from_environ({})
        gateway = dataclasses.replace(Config().gateway, output_dir=tmp_path)
        assert config == dataclasses.replace(Config(), gateway=gateway)

    def test_the_processs_own_environment_is_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIMO_LEAN", "off")
        monkeypatch.setenv("KAGGLE_IS_COMPETITION_RERUN", "1")
        config = config_from_environ({})
        assert (config.verify.engine, config.gateway.competition_rerun) == ("auto", False)

    def test_every_variable_reaches_its_setting(self) -> None:
        config = config_from_environ(
            {
                "AIMO_COMPLETIONS": "one.jsonl:folder",
                "AIMO_LEAN": "official",
                "AIMO_LEAN_TOOLCHAIN": "lean",
                "AIMO_LEAN_WASM": "wasm",
                "AIMO_NODE": "node",
                "AIMO_KAGGLE_EVALUATION": "evaluation",
                "AIMO_PROBLEMS": "problems.csv",
                "AIMO_OUTPUT": "out",
                "AIMO_SHUFFLE_SEED": "7",
                "KAGGLE_IS_COMPETITION_RERUN": "true",
            }
        )
        assert config.llm.recordings == (Path("one.jsonl"), Path("folder"))
        verify, gateway = config.verify, config.gateway
        assert (verify.engine, verify.toolchain, verify.wasm_home, verify.node) == (
            "official",
            Path("lean"),
            Path("wasm"),
            Path("node"),
        )
        assert (gateway.evaluation_root, gateway.problems_csv) == (Path("evaluation"), Path("problems.csv"))
        assert (gateway.output_dir, gateway.shuffle_seed) == (Path("out"), 7)
        assert gateway.competition_rerun

    @pytest.mark.parametrize("engine", ["auto", "official", "wasm", "off"])
    def test_the_four_engines_are_known(self, engine: str) -> None:
        assert config_from_environ({"AIMO_LEAN": engine}).verify.engine == engine

    @pytest.mark.parametrize("engine", ["Off", "lean4", "none"])
    def test_another_engine_is_refused_with_the_words_that_are_allowed(self, engine: str) -> None:
        with pytest.raises(UserError, match="auto, official, wasm or off") as caught:
            config_from_environ({"AIMO_LEAN": engine})
        assert engine in str(caught.value)

    @pytest.mark.parametrize(("said", "native"), [("", False), ("0", False), ("1", True)])
    def test_compiled_code_is_asked_for_by_a_one(self, said: str, native: bool) -> None:
        assert config_from_environ({"AIMO_LEAN_NATIVE": said}).verify.native is native

    @pytest.mark.parametrize("name", ["AIMO_LEAN", "AIMO_LEAN_NATIVE", "AIMO_SANDBOX", "AIMO_DASHBOARD"])
    def test_a_word_that_is_not_known_is_refused_with_those_that_are(self, name: str) -> None:
        with pytest.raises(UserError, match=f"{name} is 'yes'; it may be .* or "):
            config_from_environ({name: "yes"})

    def test_empty_paths_are_absent_ones(self) -> None:
        names = (
            "AIMO_LEAN_TOOLCHAIN",
            "AIMO_LEAN_WASM",
            "AIMO_NODE",
            "AIMO_PROBLEMS",
            "AIMO_KAGGLE_EVALUATION",
        )
        config = config_from_environ(dict.fromkeys(names, " ") | {"AIMO_COMPLETIONS": "::"})
        assert config.verify == Config().verify
        assert (config.gateway.problems_csv, config.gateway.evaluation_root) == (None, None)
        assert config.llm.recordings == ()

    @pytest.mark.parametrize(("value", "seed"), [("", None), ("0", 0), ("-3", -3), (" 12 ", 12)])
    def test_the_seed_is_an_integer_or_absent(self, value: str, seed: int | None) -> None:
        assert config_from_environ({"AIMO_SHUFFLE_SEED": value}).gateway.shuffle_seed == seed

    @pytest.mark.parametrize("value", ["1.5", "seven", "0x7"])
    def test_another_seed_is_refused_by_name(self, value: str) -> None:
        with pytest.raises(UserError, match="AIMO_SHUFFLE_SEED"):
            config_from_environ({"AIMO_SHUFFLE_SEED": value})


class TestSandbox:
    """Strict unless the user asks otherwise."""

    @pytest.mark.parametrize(("value", "lenient"), [(None, False), ("strict", False), ("lenient", True)])
    def test_missing_protections_are_allowed_by_one_word_only(self, value: str | None, lenient: bool) -> None:
        environ = {} if value is None else {"AIMO_SANDBOX": value}
        assert config_from_environ(environ).sandbox.allow_missing is lenient

    def test_another_word_is_refused(self) -> None:
        with pytest.raises(UserError, match="AIMO_SANDBOX"):
            config_from_environ({"AIMO_SANDBOX": "off"})
