"""Passwords for commands: from the line, a file, standard input, or the person (OPS-019)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synnefod.admin.transport import USAGE, Failure


def secret(given: str | None, file: str | None, prompt: str | None) -> str | None:
    """A password: given, of a file's first line ("-": standard input), or asked for (OPS-019).

    `prompt` None: it is optional. Raises Failure.
    """
    if given is not None and file is not None:
        raise Failure("a password and a password file were given", USAGE)
    if given is not None:
        return given
    if file is not None:
        return _first_line(file)
    if prompt is None:
        return None
    if not sys.stdin.isatty():
        raise Failure(f"{prompt} is missing: give --password-file FILE (- is stdin)", USAGE)
    return str(click.prompt(prompt, hide_input=True, err=True))


def _first_line(file: str) -> str:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise Failure(f"{file}: {why}", USAGE) from None
    line = text.splitlines()[0] if text else ""
    if not line:
        raise Failure(f"{file}: holds no password", USAGE)
    return line


PASSWORD_FILE = click.option(
    "--password-file",
    metavar="FILE",
    help="Read the password from the first line of FILE (- is standard input).",
)
