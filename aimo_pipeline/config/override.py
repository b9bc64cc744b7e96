"""Other settings by dotted name, as a command line or a journal gives them."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from aimo_pipeline.config.budget import Effort
from aimo_pipeline.config.tree import Config
from aimo_pipeline.errors import UserError


def parse_settings(given: Iterable[str]) -> dict[str, str]:
    """Read "name=value" words.

    Raises:
        UserError: one has no "=".
    """
    found = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UserError(f"{word!r} is no setting; write name=value, such as tir.attempts=4")
        found[name.strip()] = value.strip()
    return found


def with_settings(config: Config, settings: Mapping[str, str]) -> Config:
    """The tree with some leaves exchanged.

    Args:
        config: the tree before.
        settings: dotted name -> value as text, such as {"tir.attempts": "4"}.

    Raises:
        UserError: there is no such setting, or the value is not of its type.
    """
    for name, value in settings.items():
        config = _replaced(config, name.split("."), value, name)
    return config


# A problem's effort says these outright; the stages' own values are for use without the pipeline.
_EFFORT_SAYS = {"trace.wall_s": "trace_wall_s", "trace.reasoning": "reasoning", "tir.reasoning": "reasoning"}
# Of these the smaller of the stage's and the effort's counts.
_EFFORT_BOUNDS = {
    "trace.samples": "trace_samples",
    "tir.attempts": "attempts",
    "tir.turns": "turns",
    "verify.max_compared": "lean_compared",
}


def check_acts(names: Iterable[str]) -> None:
    """Whether settings do anything in a run.

    Raises:
        UserError: one does nothing by itself, since the effort presets decide; names what does.
    """
    for name in names:
        if name in _EFFORT_SAYS:
            instead = f"effort.presets.full.{_EFFORT_SAYS[name]}"
            raise UserError(
                f"{name} does nothing in a run, the presets of the effort decide: set {instead} (and those "
                "of brisk, short and last, which come when time is short)"
            )


def without_effect(config: Config) -> list[str]:
    """What is set higher than any preset of the effort asks for, a sentence each."""
    found = []
    for name, of_effort in _EFFORT_BOUNDS.items():
        group, leaf = name.split(".")
        value = getattr(getattr(config, group), leaf)
        most = max(getattr(effort, of_effort) for _, effort in config.effort.presets)
        if value > most:
            found.append(
                f"{name}={value} is more than any preset of the effort asks for; it stays at {most}, unless "
                f"effort.presets.full.{of_effort} is raised too"
            )
    return found


def _replaced(tree: Any, path: list[str], value: str, name: str) -> Any:
    known = {field.name for field in dataclasses.fields(tree)}
    if path[0] not in known:
        raise UserError(f"there is no setting {name}; {path[0]!r} is none of {', '.join(sorted(known))}")
    before = getattr(tree, path[0])
    if dataclasses.is_dataclass(before):
        if len(path) == 1:
            raise UserError(f"{name} is a group of settings; name one of them")
        return dataclasses.replace(tree, **{path[0]: _replaced(before, path[1:], value, name)})
    if _are_presets(before) and len(path) > 1:
        return dataclasses.replace(tree, **{path[0]: _preset_replaced(before, path[1:], value, name)})
    if len(path) > 1:
        raise UserError(f"there is no setting {name}; {path[0]} has no parts")
    return dataclasses.replace(tree, **{path[0]: _read(before, value, name)})


def _are_presets(value: object) -> bool:
    """Efforts, each with the seconds that it needs."""
    return isinstance(value, tuple) and all(
        isinstance(one, tuple) and len(one) == 2 and isinstance(one[1], Effort) for one in value
    )


def _preset_replaced(
    presets: tuple[tuple[float, Effort], ...], path: list[str], value: str, name: str
) -> tuple[tuple[float, Effort], ...]:
    names = [effort.name for _, effort in presets]
    if path[0] not in names or len(path) != 2:
        raise UserError(f"there is no setting {name}; name one of a preset's: {', '.join(names)}")
    return tuple(
        (needed_s, _replaced(effort, path[1:], value, name) if effort.name == path[0] else effort)
        for needed_s, effort in presets
    )


def _read(before: object, value: str, name: str) -> object:
    if isinstance(before, str):
        return value
    try:
        read = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        if before is None:
            return value
        raise UserError(f"{name} is {value!r}; it must be like {before!r}") from None
    if isinstance(before, float) and type(read) is int:
        return float(read)
    if before is not None and type(read) is not type(before):
        raise UserError(f"{name} is {value!r}; it must be like {before!r}")
    return read


def restored(config: Config, recorded: Mapping[str, str]) -> tuple[Config, tuple[str, ...]]:
    """The settings of a recorded run.

    Args:
        config: has the settings that a journal does not tell: paths and secrets.
        recorded: as settings_of wrote them.

    Returns:
        The tree, and the names of settings that differ but cannot be restored from text, or no longer are.
    """
    from_text = dict(recorded)
    lost = []
    now = _texts(config, "")
    for name, value in sorted(from_text.items()):
        if now.get(name) == value:
            continue
        try:
            config = with_settings(config, {name: value})
        except UserError:
            lost.append(name)
    now = _texts(config, "")  # a group's own text may have come right with its parts
    return config, tuple(name for name in lost if now.get(name) != from_text[name])


def _texts(tree: Any, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in dataclasses.fields(tree):
        inner, name = getattr(tree, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(inner):
            found |= _texts(inner, f"{name}.")
        else:
            found[name] = str(inner)
        if _are_presets(inner):
            for _, effort in inner:
                found |= _texts(effort, f"{name}.{effort.name}.")
    return found
