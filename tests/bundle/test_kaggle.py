from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from aimo_pipeline.bundle.kaggle import Uploader, masked
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from tests.bundle.conftest import SmallBundle

KEY = "0123456789abcdef0123456789abcdef"

# Stands in for the kaggle command: writes down what it is called with, and keeps what was uploaded.
STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, shutil, sys
home = pathlib.Path(os.environ["KAGGLE_STAND_IN"])
words = sys.argv[1:]
with (home / "calls").open("a") as stream:
    stream.write(json.dumps(words) + "\\n")
print("key: " + os.environ.get("KAGGLE_KEY", ""))
def option(name):
    return words[words.index(name) + 1]
if words[:2] == ["config", "view"]:
    print("- username: somebody")
elif words[:2] == ["datasets", "status"]:
    if not (home / words[2].replace("/", "~")).exists():
        sys.exit("404 Client Error: Not Found")
    print("ready")
elif words[:2] == ["datasets", "download"]:
    shutil.copy(home / words[2].replace("/", "~") / "part.json", option("-p"))
elif words[:2] in (["datasets", "create"], ["datasets", "version"]):
    folder = pathlib.Path(option("-p"))
    if (home / "refuse").exists():
        print("Dataset creation error: quota")
        sys.exit(0)
    id_ = json.loads((folder / "dataset-metadata.json").read_text())["id"]
    shutil.copytree(folder, home / id_.replace("/", "~"), dirs_exist_ok=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "stand-in"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "kaggle").write_text(STAND_IN)
    (place / "bin" / "kaggle").chmod(0o755)
    return place


class Uploaded:
    def __init__(self, home: Path, bundle: SmallBundle) -> None:
        self.home, self.bundle, self.said = home, bundle, []  # type: ignore[var-annotated]

    def run(self, *, dry_run: bool = False, owner: str | None = None, with_cli: bool = True) -> None:
        asyncio.run(self.uploader(dry_run=dry_run, with_cli=with_cli).upload(owner))

    def uploader(self, *, dry_run: bool, with_cli: bool = True) -> Uploader:
        path = str(self.home / "bin") if with_cli else os.devnull
        environ = {"PATH": path, "KAGGLE_STAND_IN": str(self.home), "KAGGLE_KEY": KEY}
        (self.home / "calls").unlink(missing_ok=True)
        return Uploader(
            self.bundle.dist, dry_run=dry_run, environ=environ, clock=FakeClock(), tell=self.said.append
        )

    def calls(self) -> list[list[str]]:
        path = self.home / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def changes(self) -> list[str]:
        changing = ("create", "version", "push")
        return [" ".join(call[:2]) for call in self.calls() if call[1] in changing]


@pytest.fixture
def uploaded(home: Path, small: SmallBundle) -> Uploaded:
    return Uploaded(home, small)


class TestUpload:
    """New parts are created, changed ones get a version, unchanged ones stay; the notebook follows."""

    def test_the_first_time_everything_is_new(self, uploaded: Uploaded) -> None:
        uploaded.run()
        assert uploaded.changes() == ["datasets create", "datasets create", "kernels push"]
        assert [call for call in uploaded.calls() if call[1] == "create"] == [
            ["datasets", "create", "-p", str(uploaded.bundle.dist / part), "-r", "zip"]
            for part in ("code", "wheels")
        ]

    def test_only_what_changed_is_sent_again_with_its_hash_as_note(self, uploaded: Uploaded) -> None:
        uploaded.run()
        uploaded.bundle.edit("gateway/contract.py", "FALLBACK_ANSWER = 0", "FALLBACK_ANSWER = 1")
        uploaded.bundle.seal()
        uploaded.run()
        assert uploaded.changes() == ["datasets version", "kernels push"]
        (version,) = (call for call in uploaded.calls() if call[1] == "version")
        assert version[version.index("-m") + 1] == uploaded.bundle.manifest.parts["code"].sha256[:12]
        uploaded.run()
        assert uploaded.changes() == ["kernels push"]
        assert any("wheels: unchanged" in line for line in uploaded.said)

    def test_an_accelerator_is_asked_for_by_name(self, uploaded: Uploaded) -> None:
        asyncio.run(uploaded.uploader(dry_run=False).upload(None, "NvidiaH100"))
        assert uploaded.calls()[-1][-2:] == ["--accelerator", "NvidiaH100"]

    def test_the_notebook_names_the_owners_data_sets(self, uploaded: Uploaded) -> None:
        uploaded.run()
        metadata = json.loads((uploaded.bundle.dist / "notebook" / "kernel-metadata.json").read_text())
        assert metadata["id"] == "somebody/trace-to-lean"
        assert metadata["dataset_sources"] == [
            "somebody/trace-to-lean-cpu-code",
            "somebody/trace-to-lean-cpu-wheels",
        ]
        assert metadata["enable_internet"] is False

    def test_a_dry_run_asks_but_changes_nothing_and_shows_each_call(self, uploaded: Uploaded) -> None:
        uploaded.run(dry_run=True)
        assert uploaded.changes() == []
        shown = [line for line in uploaded.said if line.startswith("$ ")]
        dist = uploaded.bundle.dist
        assert f"$ kaggle datasets create -p {dist}/code -r zip" in shown
        assert f"$ kaggle kernels push -p {dist}/notebook" in shown

    def test_a_dry_run_needs_no_kaggle_command_and_a_real_one_says_how_to_get_it(
        self, uploaded: Uploaded
    ) -> None:
        uploaded.run(dry_run=True, owner="me", with_cli=False)
        assert any("kernels push" in line for line in uploaded.said)
        with pytest.raises(UserError, match="no kaggle command on PATH: pip install kaggle"):
            uploaded.run(with_cli=False)

    def test_a_refusal_ends_it_with_kaggles_own_words(self, uploaded: Uploaded) -> None:
        (uploaded.home / "refuse").touch()
        with pytest.raises(UserError, match="failed: Dataset creation error: quota"):
            uploaded.run()
        assert "kernels push" not in uploaded.changes()

    def test_a_damaged_bundle_is_not_sent(self, uploaded: Uploaded) -> None:
        (uploaded.bundle.wheels / "tiny-1.0-py3-none-any.whl").unlink()
        with pytest.raises(UserError, match="not uploaded, the bundle has a fault: the wheel tiny"):
            uploaded.run()
        assert uploaded.calls() == []

    def test_no_credential_is_shown_or_packed(self, uploaded: Uploaded) -> None:
        uploaded.run()
        assert KEY not in "\n".join(uploaded.said)
        for path in uploaded.bundle.dist.rglob("*"):
            assert path.name not in ("kaggle.json", "access_token")
            assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_what_looks_like_a_credential_is_masked() -> None:
    text = f'{{"username": "me", "key": "{KEY}"}} token=abc KGAT_12ab plain'
    assert masked(text, {}) == '{"username": "me", "key": "***"} token=*** *** plain'
    assert masked("it is hunter22 here", {"KAGGLE_API_TOKEN": "hunter22"}) == "it is *** here"
