from __future__ import annotations

import asyncio
import dataclasses
import os
from pathlib import Path

import pytest

from aimo_pipeline.bundle.inspect import fits_python
from aimo_pipeline.bundle.target import Target, read_target, requirement_lines
from aimo_pipeline.bundle.wheels import fits, lock_text, parse_pip_settings, read_pylock, resolve, tags_of
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import UserError
from tests.bundle.conftest import as_wheel, make_wheel

PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "thing"
version = "1.0"
wheels = [
  {{ url = "https://h/thing-1.0-cp311-cp311-linux_x86_64.whl", size = 3, hashes = {{ sha256 = "a" }} }},
  {{ url = "https://h/thing-1.0-cp312-cp312-{platform}.whl", size = 4, hashes = {{ sha256 = "b" }} }},
  {{ url = "https://h/thing-1.0-py3-none-any.whl", size = 5, hashes = {{ sha256 = "c" }} }},
]
"""


@pytest.fixture
def kaggle() -> Target:
    return dataclasses.replace(read_target("kaggle"), python="3.12", platform="x86_64-manylinux_2_35")


class TestReadPylock:
    """Of each package the best wheel that the target accepts is taken."""

    @pytest.mark.parametrize(
        ("platform", "digest"),
        [("manylinux_2_28_x86_64", "b"), ("manylinux2014_x86_64", "b"), ("manylinux_2_39_x86_64", "c")],
    )
    def test_prefers_the_targets_own_platform(self, kaggle: Target, platform: str, digest: str) -> None:
        (wheel,) = read_pylock(PYLOCK.format(platform=platform), tags_of(kaggle))
        assert wheel.sha256 == digest

    def test_a_package_without_a_fitting_wheel_is_named(self, kaggle: Target) -> None:
        text = '[[packages]]\nname = "thing"\nversion = "2"\nwheels = []\n'
        with pytest.raises(UserError, match="thing 2 has no wheel for this target"):
            read_pylock(text, tags_of(kaggle))

    def test_older_abi3_wheels_fit_and_those_of_another_python_do_not(self, kaggle: Target) -> None:
        tags = tags_of(kaggle)
        assert fits("vllm-0.32.0-cp38-abi3-manylinux_2_28_x86_64.whl", tags)
        assert not fits("x-1-cp313-cp313-manylinux_2_28_x86_64.whl", tags)
        assert not fits("x-1-cp312-cp312-macosx_11_0_arm64.whl", tags)
        assert not fits("no wheel at all", tags)

    @pytest.mark.parametrize(
        ("tag", "fitting"),
        [
            ("py3-none-any", True),
            ("py2.py3-none-any", True),
            ("py37-none-any", True),
            ("py313-none-any", False),
            ("py2-none-any", False),
            ("cp312-cp312-manylinux_2_17_x86_64", True),
            ("cp38-abi3-manylinux_2_17_x86_64", True),
            ("cp313-abi3-manylinux_2_17_x86_64", False),
            ("cp311-cp311-manylinux_2_17_x86_64", False),
            ("pp310-pypy310_pp73-linux_x86_64", False),
        ],
    )
    def test_a_look_at_the_name_alone_says_the_same(self, kaggle: Target, tag: str, fitting: bool) -> None:
        assert fits_python(f"x-1-{tag}.whl", "3.12") is fitting
        assert fits(f"x-1-{tag}.whl", tags_of(kaggle)) is fitting

    def test_a_platform_of_another_form_is_refused(self, kaggle: Target) -> None:
        with pytest.raises(UserError, match="not of the form"):
            tags_of(dataclasses.replace(kaggle, platform="windows"))


class TestResolve:
    """The real uv resolves for the target, from a folder that the user's pip configuration names."""

    def resolve(self, lines: list[str], target: Target, folder: Path) -> dict[str, str]:
        offline = {"PIP_FIND_LINKS": str(folder), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder)} | offline
        work = resolve(lines, target, environ=environ, folder=folder, clock=MonotonicClock())
        return {wheel.name: wheel.file for wheel in asyncio.run(work)}

    def test_markers_and_tags_are_the_targets(self, kaggle: Target, tmp_path: Path) -> None:
        for tag in ("cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_28_x86_64"):
            make_wheel(tmp_path, "thing", {}, tag=tag)
        make_wheel(tmp_path, "new_only", {})
        lines = ["thing==1.0", 'new_only==1.0; python_version >= "3.12"']
        assert self.resolve(lines, kaggle, tmp_path) == {
            "thing": "thing-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
            "new-only": "new_only-1.0-py3-none-any.whl",
        }
        older = dataclasses.replace(kaggle, python="3.11")
        assert list(self.resolve(lines, older, tmp_path)) == ["thing"]

    def test_what_cannot_be_had_is_one_line(self, kaggle: Target, tmp_path: Path) -> None:
        make_wheel(tmp_path, "thing", {}, tag="cp39-cp39-manylinux_2_17_x86_64")
        with pytest.raises(UserError, match="cannot resolve wheels for kaggle: .*thing") as caught:
            self.resolve(["thing==1.0"], kaggle, tmp_path)
        assert "\n" not in str(caught.value)


class TestTargets:
    """One line of targets.toml moves a bundle to another image."""

    def test_the_engine_has_requirements_of_its_own(self) -> None:
        kaggle, cpu = (requirement_lines(read_target(name)) for name in ("kaggle", "cpu"))
        assert [line.partition("==")[0] for line in kaggle["engine"]] == ["vllm"]
        assert kaggle["pipeline"] == cpu["pipeline"]
        assert not any(line.startswith("vllm") for line in cpu["pipeline"])

    def test_the_submission_and_the_tests_agree_on_every_pin(self) -> None:
        root = Path(__file__).parents[2]
        pins = []
        for name in ("requirements.txt", "requirements-dev.txt"):
            lines = (line.partition("#")[0].strip() for line in (root / name).read_text().splitlines())
            pins.append(dict(line.split("==") for line in lines if line))
        assert {name: pins[0][name] for name in pins[0].keys() & pins[1].keys()} == {
            name: pins[1][name] for name in pins[0].keys() & pins[1].keys()
        }

    def test_mistakes_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "targets.toml"
        path.write_text("[a]\npython = '3.12'\n")
        with pytest.raises(UserError, match="knows no target 'b'; it has a"):
            read_target("b", path)
        with pytest.raises(UserError, match="target a lacks"):
            read_target("a", path)
        path.write_text("[a")
        with pytest.raises(UserError, match="cannot read targets.toml"):
            read_target("a", path)


def test_pips_own_configuration_is_understood() -> None:
    text = ":env:.find-links='/w'\nglobal.extra-index-url='file:///a file:///b'\nglobal.find-links='/w /v'\n"
    assert parse_pip_settings(text) == {
        "find-links": ["/w", "/v"],
        "extra-index-url": ["file:///a", "file:///b"],
    }


def test_the_lock_holds_versions_and_hashes(tmp_path: Path) -> None:
    wheel = as_wheel(make_wheel(tmp_path, "thing", {}))
    assert lock_text([wheel]) == f"thing==1.0 --hash=sha256:{wheel.sha256}\n"
