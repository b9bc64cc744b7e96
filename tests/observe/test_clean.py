"""Secrets and absolute paths are taken out of whatever is journalled; mathematics stays as it is."""

from __future__ import annotations

import io
import json
import types
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.observe.clean import _RULES, MARK, Cleaner
from aimo_pipeline.observe.events import CompletionFinished, Event, PredictFailed, ServerDied
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.outcome import Crashed, Killed, TimedOut
from aimo_pipeline.trace.journaled import JournaledPrograms

# Made up; cut in two so that no scanner takes them for real ones.
SECRETS = [
    "sk-" + "proj-Ab3dEf6hIj9kLm2nOp5q",
    "hf_" + "AbCdEfGhIjKlMnOpQrStUvWx",
    "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_" + "11ABCDEFG0123456789_abcdefghij",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "xoxb-" + "123456789012-abcdefABCDEF",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123456-_xyz",
    "pypi-" + "AgEIcHlwaS5vcmcCJDAwMDAwMDAw",
]


def clean(text: str, *secrets: str) -> str:
    return Cleaner(secrets, 20_000).text(text)


class TestSecrets:
    """A secret goes by its form, by the name before it, or because the environment names it."""

    @pytest.mark.parametrize("secret", SECRETS)
    @pytest.mark.parametrize("around", ["{}", "the key is {}.", '{{"k": "{}"}}', "a={}&b=1", "key:{}\n"])
    def test_keys_of_known_issuers_go(self, secret: str, around: str) -> None:
        cleaned = clean(around.format(secret))
        assert secret[6:] not in cleaned
        assert MARK in cleaned

    @pytest.mark.parametrize(
        "text",
        [
            "Authorization: Bearer abcDEF123456ghiJKL789",
            "KAGGLE_KEY_TOKEN=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            'api_key = "0a1b2c3d4e5f60718293a4b5"',
            '{"key": 1, "api-key": "x", "password": "0a1b2c3d4e5f60718293"}',
            "https://someone:0a1b2c3d4e5f60718293@example.org/simple",
            "-----BEGIN RSA PRIVATE KEY-----\n0a1b2c3d4e5f60718293\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n0a1b2c3d4e5f60718293\ncut before its end",
        ],
    )
    def test_what_is_named_a_secret_goes(self, text: str) -> None:
        cleaned = clean(text)
        assert not any(part in cleaned for part in ("0a1b2c3d4e5f6071", "abcDEF123456"))
        assert MARK in cleaned

    def test_the_environments_secrets_go_wherever_they_stand(self, tmp_path: Path) -> None:
        environ = {"KAGGLE_KEY": "plainwords-horse", "MY_API_TOKEN": "plainwords", "HOME_DIR": "plain-home"}
        config = config_from_environ(environ)
        assert "plainwords" not in repr(config)
        with Journal.open(tmp_path / "j", FakeClock(), config.observe.secrets) as journal:
            journal.write(PredictFailed("p", "xplainwords-horsex plainwords plain-home"))
        [record] = read_journal(tmp_path / "j")
        assert record["cause"] == f"x{MARK}x {MARK} plain-home"
        assert record["cleaned"] == 1

    @given(before=st.text(max_size=30), after=st.text(max_size=30))
    def test_a_known_secret_never_survives(self, before: str, after: str) -> None:
        assert "correct-horse-1" not in clean(f"{before}correct-horse-1{after}", "correct-horse-1")


class TestWhatStays:
    """Mathematics, LaTeX and programs are not touched, since a replay needs them to the letter."""

    @pytest.mark.parametrize(
        "text",
        [
            r"\frac{a}{b}/c, 1/2/3, $x/y/z$, a // b // c, n/2/k",
            "token = 5\nsecret = compute_the_secret_number(12345)\nkey = sorted(keys)[0]",
            "password_length = 12345678901234567890",
            "the answer is 123456789012345678901234567890 = 2^100 + 1",
            "tokens: 27000 of 94000; keys: a, b, c",
            "import numpy as np\nx = np.array([1, 2, 3])  # sk-learn, hf_, ghp_",
            "d = {'key': 'value', 'token': 'abc'}",
            "risk-averse-strategies-are-optimal-here",
            "task-list-of-all-subsets-of-the-set",
            r"a linear map T:\mathbb R\to\mathbb R, f:\Omega\subset X\to Y",
            "see https://example.org/abs/2401.00001/v2 and http://host/a/b/c.html",
            'print("/".join(parts) + "/" + str(n // 2) + "/")',
        ],
    )
    def test_it_comes_out_as_it_went_in(self, text: str) -> None:
        cleaner = Cleaner((), 20_000)
        assert cleaner.text(text) == text
        assert cleaner.changed == 0

    @given(st.text(alphabet=r"abn0123456789+-*/=()[]{}\$^_., " + "\n", max_size=200))
    def test_formulas_lose_nothing_but_what_looks_like_a_path(self, text: str) -> None:
        if "/" not in text:
            assert clean(text) == text


SECRET = 'pa"ss\\wörd-9'  # as JSON, a repr and an address spell it differently
FORMED = "sk-" + "proj-Zz9Yy8Xx7Ww6Vv5Uu4"
PATHS = ("/opt/buried/treasure-chest/x.py", "/tmp/treasure-chest/x.py", "/home/treasure-chest/my x.py")
PLANTED = (SECRET, FORMED, *PATHS)
AROUND = ("{}", " {} ", "\n{}", 'File "{}", line 3', "('{}')", "a={};", "x:{}\n", "[{}]", "\\n{}\\t", "//{}")


def planted_values(hint: Any) -> st.SearchStrategy[Any]:
    """A value of a field's type with something in it that must not come out."""
    text = st.builds(str.format, st.sampled_from(AROUND), st.sampled_from(PLANTED))
    nested = st.builds(
        lambda one, plain: json.dumps({"stderr": [one]}, ensure_ascii=plain), text, st.booleans()
    )
    text = st.one_of(text, nested, st.builds(repr, text))
    if get_origin(hint) is types.UnionType:
        return st.one_of([planted_values(part) for part in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(planted_values(get_args(hint)[0]), min_size=1, max_size=2).map(tuple)
    if hint == dict[str, str]:
        return st.dictionaries(text, text, min_size=1, max_size=2)
    plain = {int: st.just(1), bool: st.just(True), float: st.just(1.0), types.NoneType: st.none()}
    return plain.get(hint, text)


class TestEverywhere:
    """Secrets and paths planted in every field of every event, in whatever spelling, do not come out."""

    @pytest.mark.parametrize("kind", get_args(Event))
    @settings(deadline=None, max_examples=3, phases=[Phase.generate])  # to shrink it all takes minutes
    @given(data=st.data())
    def test_no_field_lets_them_through(self, kind: type[Any], data: st.DataObject) -> None:
        fields = {name: planted_values(hint) for name, hint in get_type_hints(kind).items()}
        stream = io.BytesIO()
        journal = Journal(Path("journal.jsonl"), stream, FakeClock(), (SECRET,))
        journal.write(data.draw(st.builds(kind, **fields)))
        written = stream.getvalue().decode()
        for trace in ("ss\\", "w\u00f6rd", "wörd", "w%C3%B6rd", "Zz9Yy8", "buried", "treasure", "/tmp"):
            assert trace not in written

    def test_a_traceback_of_a_sandboxed_program(self, tmp_path: Path) -> None:
        trace = f'Traceback (most recent call last):\n  File "{PATHS[0]}", line 1\n{PATHS[1]}: {SECRET}\n'
        with Journal.open(tmp_path / "j", FakeClock(), (SECRET,)) as journal:
            programs = JournaledPrograms(journal)
            programs.cell("p", 1, f"open('{PATHS[1]}')", Crashed("OSError", trace, None, trace), 1.0)
            programs.cell("p", 1, "x = 1", Killed("memory", trace, trace), 1.0)
            programs.cell("p", 1, "x = 1", TimedOut(trace, trace), 1.0)
        written = (tmp_path / "j").read_text()
        assert "Traceback" in written and written.count('"ProgramRan"') == 3
        assert not any(one in written for one in ("treasure", "wörd", "ss\\"))

    def test_the_last_lines_of_an_engines_log(self, tmp_path: Path) -> None:
        tail = f"INFO loading {PATHS[0]}\nERROR token={FORMED}\n  File {PATHS[2]!r}: {SECRET!r}"
        with Journal.open(tmp_path / "j", FakeClock(), (SECRET,)) as journal:
            journal.write(ServerDied(1, -9, 3, tail))
        written = (tmp_path / "j").read_text()
        assert "INFO loading .../x.py" in written
        assert not any(one in written for one in ("treasure", "wörd", "Zz9Yy8"))


class TestCleanedSays:
    """A record whose text lost something says so, because a replay of it may differ."""

    def test_a_completion_with_a_path_is_marked(self, tmp_path: Path) -> None:
        said = CompletionFinished(
            *("p", "tir", 0, 0, "0" * 64, "m", 'open("/kaggle/input/a/b.csv")', "", "stop"),
            *(None,) * 7,
            seconds=1.0,
        )
        with Journal.open(tmp_path / "j", FakeClock()) as journal:
            journal.write(said)
        [record] = read_journal(tmp_path / "j")
        assert (record["text"], record["cleaned"]) == ('open(".../b.csv")', 1)

    def test_home_folders_go_however_short(self) -> None:
        assert clean("/home/anna, /root/x.py, C:\\Users\\anna\\x.py") == ".../anna, .../x.py, ...\\x.py"


_PIECES = (
    *("sk-" + "a1" * 10, "hf_" + "b2" * 10, "AKIA" + "C3" * 8, "AIza" + "d4" * 16, "Bearer " + "e5" * 10),
    *(
        "https://me:word@host/",
        "api_key=",
        "token: ",
        "f6" * 12,
        "/usr/lib/x/y",
        "/root/z",
        "C:\\a\\b\\c",
        " ",
    ),
    *("eyJ" + "g7" * 5 + "." + "h8" * 5 + "." + "i9" * 5, "-----BEGIN PRIVATE KEY-----", "x", "Σ", "\ud800"),
)


class TestWhatIsLookedForFirst:
    """A text that a rule would change is never spared that rule."""

    @given(pieces=st.lists(st.sampled_from(_PIECES) | st.text(max_size=8), max_size=6))
    def test_all_rules_without_the_first_look_give_the_same(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        plain = text.encode("utf-8", "replace").decode()
        for pattern, instead, _ in _RULES:
            plain = pattern.sub(instead, plain)
        assert clean(text) == plain
