"""Settings from a file: normalizer.toml, or [tool.normalizer] in pyproject.toml, of this folder or one above it.

    [tool.normalizer]              for every command that has the option
    min-confidence = 0.8
    protect = ["names.txt", "Adam Worth"]

    [tool.normalizer.detect]       for one command
    field = ["article"]

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

    Raises InputError for a name that no command has, and for a value that an option does not take.
    """
    commands = {name: command for name in group.list_commands(ctx) if (command := group.get_command(ctx, name))}
    defaults: dict[str, Any] = {name: {} for name in commands}
    for key, value in settings.table.items():
        if isinstance(value, Mapping):
            if key not in commands:
                _reject(settings, key, f"the name of a command ({', '.join(commands)})")
            for name, own in value.items():
                _set(ctx, settings, {key: commands[key]}, defaults, name, own)
    for key, value in settings.table.items():
        if not isinstance(value, Mapping):
            _set(ctx, settings, commands, defaults, key, value)
    return defaults


def _set(
    ctx: click.Context,
    settings: Settings,
    commands: Mapping[str, click.Command],
    defaults: dict[str, Any],
    key: str,
    value: object,
) -> None:
    """Set the option *key* of all *commands* that have it, unless it is set already."""
    found = [(name, option) for name, command in commands.items() for option in _options(command, key)]
    if not found:
        known = {spelt(option) for command in commands.values() for option in _options(command)}
        near = get_close_matches(key.replace("_", "-"), sorted(known), 1)
        hint = f"; did you mean {near[0]}?" if near else ";"
        raise InputError(
            f"{settings.path}: expected the names of options, found {key}{hint} "
            f"`normalizer {next(iter(commands)) if len(commands) == 1 else 'repair'} --help` lists them"
        )
    for name, option in found:
        if option.name not in defaults[name]:
            defaults[name][option.name] = _checked(ctx, settings, option, _beside(settings.path, value))


def name_variables(command: click.Command, name: str) -> None:
    """Let the options of the command *name* be set by variables that are called as the options are spelt."""
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
