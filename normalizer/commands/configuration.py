"""Settings from a file: normalizer.toml, or [tool.normalizer] in pyproject.toml, of this folder or one above it.

    [tool.normalizer]              for every command that has the option
    min-confidence = 0.8
    protect = ["names.txt", "Adam Worth"]

    [tool.normalizer.detect]       for one command
    field = ["article"]

    [tool.normalizer.evaluate.gold]    for a command of a group; [tool.normalizer.evaluate] is for all commands of it
    leave-out = true

What the command line says goes before the environment (NORMALIZER_REPAIR_MIN_CONFIDENCE), and that before the file.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click

from normalizer.errors import InputError
from normalizer.files import decode, read_bytes

OWN, SHARED = "normalizer.toml", "pyproject.toml"
LEFT_OUT = frozenset(("help", "version", "show_config", "config"))  # options that are no settings
SOURCES = {"COMMANDLINE": "the command line", "ENVIRONMENT": "the environment", "DEFAULT": "the default"}
SOURCE_FILE = "normalizer.file"  # key of a context's `meta`: the file that settings came from

Names = tuple[str, ...]  # that lead to a command: ("repair",) or ("evaluate", "gold")


class Settings(NamedTuple):
    """The settings in a file: where it is, and its table."""

    path: Path
    table: Mapping[str, Any]


def find_settings(named: str | None) -> Settings | None:
    """Return the settings in the file *named*, or in the nearest one there is. Raises InputError."""
    if named is not None:
        return Settings(Path(named), _table(Path(named)) or {})
    here = Path.cwd()
    for folder in (here, *here.parents):
        for name in (OWN, SHARED):
            path = folder / name
            if path.is_file() and (table := _table(path)) is not None:
                return Settings(path, table)
    return None


def default_map(ctx: click.Context, group: click.Group, settings: Settings) -> dict[str, Any]:
    """Return *settings* as click takes them: for each command of *group* the values of its options.

    The commands of a group in it, such as `evaluate gold`, have a table of their own within that of their group.
    Raises InputError for a name that no command has, and for a value that no option of the name takes.
    """
    commands = dict(_commands(ctx, group))
    values: dict[Names, dict[str, Any]] = {path: {} for path in commands}
    _spread(ctx, settings, commands, values, (), settings.table)
    defaults: dict[str, Any] = {}
    for path, own in values.items():
        table = defaults
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = own
    return defaults


def _commands(ctx: click.Context, group: click.Group, path: Names = ()) -> Iterator[tuple[Names, click.Command]]:
    """Yield the commands of *group* and of the groups in it, each by the names that lead to it."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from _commands(ctx, command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def _spread(
    ctx: click.Context,
    settings: Settings,
    commands: Mapping[Names, click.Command],
    values: dict[Names, dict[str, Any]],
    path: Names,
    table: Mapping[str, Any],
) -> None:
    """Set what *table* says of the commands below *path*; what it says of one of them goes before what is for all."""
    below = {each: command for each, command in commands.items() if each[: len(path)] == path}
    names = dict.fromkeys(each[len(path)] for each in below if each != path)
    for key, value in table.items():
        if names and isinstance(value, Mapping):
            if key not in names:
                of = f" of {' '.join(path)}" if path else ""
                _reject(settings, ".".join((*path, key)), f"the name of a command{of} ({', '.join(names)})")
            _spread(ctx, settings, commands, values, (*path, key), value)
    for key, value in table.items():
        if not names or not isinstance(value, Mapping):
            _set(ctx, settings, below, values, path, key, value)


def _set(
    ctx: click.Context,
    settings: Settings,
    commands: Mapping[Names, click.Command],
    values: dict[Names, dict[str, Any]],
    path: Names,
    key: str,
    value: object,
) -> None:
    """Set the option *key* of all *commands* that have it and take *value*, unless it is set already."""
    found = [(each, option) for each, command in commands.items() for option in _options(command, key)]
    if not found:
        known = {spelt(option) for command in commands.values() for option in _options(command)}
        near = get_close_matches(key.replace("_", "-"), sorted(known), 1)
        hint = f"; did you mean {near[0]}?" if near else ";"
        asked = " ".join(path if path in commands else (*path, "COMMAND") if path else ("repair",))
        raise InputError(
            f"{settings.path}: expected the names of options, found {key}{hint} `normalizer {asked} --help` lists them"
        )
    refused = []
    for each, option in found:
        try:
            checked = _checked(ctx, settings, option, _beside(settings.path, value))
        except InputError as error:  # an option of the same name may take something else elsewhere
            refused.append(error)
        else:
            values[each].setdefault(str(option.name), checked)
    if len(refused) == len(found):
        raise refused[0]


def name_variables(command: click.Command, name: str) -> None:
    """Let the options of the command *name* be set by variables that are called as the options are spelt.

    Of a group those of its commands are: NORMALIZER_EVALUATE_GOLD_MIN_CONFIDENCE.
    """
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            name_variables(each, f"{name}_{below}")
    for option in _options(command):
        option.envvar = f"NORMALIZER_{name}_{spelt(option)}".upper().replace("-", "_")


def _options(command: click.Command, key: str | None = None) -> Iterator[click.Option]:
    """Yield the options of *command* that a file may set, or the one that is spelt *key*."""
    for option in command.params:
        if (
            isinstance(option, click.Option)
            and option.name not in LEFT_OUT
            and (key is None or key.replace("_", "-") == spelt(option))
        ):
            yield option


def spelt(option: click.Option) -> str:
    """Return the long name of *option*, without its dashes."""
    return max(option.opts, key=len).lstrip("-")


def _beside(path: Path, value: object) -> object:
    """Return *value* with the names of files that lie beside the settings as paths from here."""
    if isinstance(value, list):
        return [_beside(path, each) for each in value]
    if isinstance(value, str) and value and not Path(value).exists() and (path.parent / value).is_file():
        return str(path.parent / value)
    return value


def _checked(ctx: click.Context, settings: Settings, option: click.Option, value: object) -> object:
    """Return *value* if *option* takes it. Raises InputError."""
    if option.multiple != isinstance(value, list):
        _reject(settings, spelt(option), "a list" if option.multiple else "one value, not a list", value)
    if option.is_flag and not isinstance(value, bool):
        _reject(settings, spelt(option), "true or false", value)
    try:
        option.type_cast_value(ctx, value)
    except click.BadParameter as error:
        _reject(settings, spelt(option), f"what the option takes ({error.message.rstrip('.')})", value)
    return value


def _reject(settings: Settings, key: str, expected: str, value: object = None) -> NoReturn:
    found = key if value is None else json.dumps(value)
    raise InputError(f"{settings.path}: {key}: expected {expected}, found {found}; mend the file")


def _table(path: Path) -> Mapping[str, Any] | None:
    """Return the settings in the file at *path*, None if it holds none. Raises InputError."""
    try:
        content = tomllib.loads(decode(read_bytes(path), str(path)).removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: expected settings in TOML, found: {error}; mend the file") from error
    if path.name != SHARED:
        return content
    table = content.get("tool", {}).get("normalizer")
    if table is not None and not isinstance(table, Mapping):
        raise InputError(f"{path}: tool.normalizer: expected a table, found {table!r}; write [tool.normalizer]")
    return table


def shown(ctx: click.Context) -> str:
    """Return the settings of the command at hand, as a file would hold them, each with where it comes from."""
    path = ctx.meta.get(SOURCE_FILE)
    lines = [f"# {path or f'no {OWN}, and no [tool.normalizer] in {SHARED}'}", f"[{ctx.info_name}]"]
    for option in _options(ctx.command):
        value, source = ctx.params.get(str(option.name)), ctx.get_parameter_source(str(option.name))
        where = SOURCES.get(source.name if source else "", str(path))
        setting = f"{spelt(option)} = {json.dumps(list(value) if isinstance(value, tuple) else value)}"
        lines.append(f"{setting if value is not None else f'# {spelt(option)}'}  # {where}")
    return "\n".join(lines) + "\n"
