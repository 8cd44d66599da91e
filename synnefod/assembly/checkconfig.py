"""`python -m synnefod.assembly.checkconfig`: settings as the daemon would read them.

    check [FILE]            every problem, a line each with its place (OPS-142)
    show [--origin] [FILE]  the values in force as TOML, secrets masked (OPS-143)

Exit 0 when the daemon could start with them, 1 when not, 2 when they cannot be read at all.
Nothing is opened or changed.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from synnefod import config
from synnefod.assembly.oldnames import OLD_NAMES

_SECRET = re.compile(r"password|token|secret")
_CREDENTIALS = re.compile(r"(//[^:/@\s]+:)[^@/\s]+@|(password=)\S+")


def problems(path: str | None, environ: Mapping[str, str]) -> list[str]:
    """What is wrong, each with `file:line` or the variable's name. Raises ConfigError when the
    file cannot be read or is no TOML."""
    document, lines = _document(path)
    where = path or "settings"
    found = []
    sections = {field.name: field.type for field in msgspec.structs.fields(config.Config)}
    for name, values in document.items():
        if name not in sections or not isinstance(values, dict):
            place = f"{where}:{lines.get((name, ''), 1)}"
            found.append(f"{place}: {_unknown('section', name, sections)}")
            continue
        for key, text in _wrong(name, sections[name], values):
            found.append(f"{where}:{lines.get((name, key), 1)}: {text}")
    found += _wrong_variables(sections, environ)
    if not found:
        try:
            _buildable(config.load(path, environ))
        except config.ConfigError as error:
            key = str(error).removeprefix(f"{where}: ").partition(":")[0]
            line = lines.get(_halves(key))
            found.append(f"{where}:{line}: {error}" if line else str(error))
    return found


def _buildable(found: config.Config) -> None:
    """Raises ConfigError for what is found out only when it is used."""
    if found.signin.providers != ("local",) or found.signin.policies:
        # The wires of providers take a moment to import; most sites need none of them.
        from twisted.internet.task import Clock

        from synnefod.assembly.ways import ways

        ways(found, Clock())


def _wrong(section: str, kind: Any, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kinds = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in values.items():
        if key not in kinds:
            yield key, _unknown("setting", key, kinds, f"{section}.")
            continue
        try:
            msgspec.convert(value, kinds[key])
        except msgspec.ValidationError as error:
            yield key, f"{section}.{key}: {str(error).partition(' - at ')[0]}"


def _wrong_variables(sections: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    for variable in sorted(environ):
        section = variable.removeprefix("SYNNEFOD_").lower().partition("_")[0]
        if not variable.startswith("SYNNEFOD_") or section not in sections:
            continue
        try:
            config.load(None, {variable: environ[variable]})
        except config.ConfigError as error:
            text = str(error)
            # A rule about several settings is looked at when all are there.
            if text.startswith((variable, "settings:")):
                yield text if text.startswith(variable) else f"{variable}: {text[10:]}"


def _unknown(what: str, name: str, known: Iterable[str], prefix: str = "") -> str:
    if name.upper() in OLD_NAMES and name.isupper():
        return f"{name} is Synnefo's name; here it is {OLD_NAMES[name]}"
    near = difflib.get_close_matches(name, list(known), 1)
    hint = f"; did you mean {prefix}{near[0]}?" if near else ""
    return f"there is no {what} {prefix}{name}{hint}"


def _halves(key: str) -> tuple[str, str]:
    section, _, name = key.partition(".")
    return section, name.split(",")[0]


def _document(path: str | None) -> tuple[dict[str, Any], dict[tuple[str, str], int]]:
    """The file, and the line of each section and key. Raises ConfigError."""
    if path is None:
        return {}, {}
    try:
        text = Path(path).read_text("utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise config.ConfigError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise config.ConfigError(f"{path}: {error}") from None
    lines: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w-]+)\s*\]", line):
            section = header[1]
            lines.setdefault((section, ""), number)
        elif setting := re.match(r"\s*([\w-]+)\s*=", line):
            lines.setdefault((section, setting[1]), number)
            lines.setdefault((setting[1], ""), number)
    return document, lines


def shown(path: str | None, environ: Mapping[str, str], *, origin: bool) -> str:
    """The values in force. Raises ConfigError."""
    found = config.load(path, environ)
    document, lines = _document(path)
    out = []
    for section in msgspec.structs.fields(config.Config):
        out.append(f"[{section.name}]")
        values = getattr(found, section.name)
        for key in msgspec.structs.fields(type(values)):
            text = _toml(_masked(key.name, msgspec.to_builtins(getattr(values, key.name))))
            if origin:
                variable = f"SYNNEFOD_{section.name}_{key.name}".upper()
                place = "default"
                if key.name in document.get(section.name, {}):
                    place = f"{path}:{lines.get((section.name, key.name), '?')}"
                if variable in environ:
                    place = variable
                text += f"  # {place}"
            out.append(f"{key.name} = {text}")
        out.append("")
    return "\n".join(out)


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, str) and value:
        if _SECRET.search(name):
            return "***"
        return _CREDENTIALS.sub(
            lambda found: f"{found[1] or found[2]}***{'@' if found[1] else ''}", value
        )
    if isinstance(value, list | tuple):
        return [_masked(name, item) for item in value]
    if isinstance(value, dict):
        return {key: _masked(key, item) for key, item in value.items()}
    return value


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}***@" if found[1] else f"{found[2]}***"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """The exit code."""
    verb, *rest = arguments or ["check"]
    origin = "--origin" in rest
    files: list[str | None] = [word for word in rest if word != "--origin"]
    code = 0
    for path in files or [None]:
        try:
            if verb == "show":
                print(shown(path, os.environ, origin=origin))
                continue
            found = problems(path, os.environ)
        except config.ConfigError as error:
            print(f"synnefo-manage: {error}", file=sys.stderr)
            code = 2
            continue
        for problem in found:
            print(problem, file=sys.stderr)
        if found:
            code = max(code, 1)
        else:
            good = config.load(path, os.environ)
            print(f"{path or 'the environment'}: good; the state is in {good.state}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
