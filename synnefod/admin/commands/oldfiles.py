"""The command about the files of a Synnefo 0.21 (PIT-236)."""

from __future__ import annotations

import click

from synnefod.admin.secret import secret
from synnefod.admin.transport import PARTLY, Failure
from synnefod.admin.verb import Verb, desk


@click.command("import-pithos", cls=Verb)
@click.option("--database", metavar="URL", help="Seen by other users of this machine.")
@click.option("--database-file", metavar="FILE", help="Read URL from FILE (- is standard input).")
@click.option("--damaged", is_flag=True, help="Also accounts with versions whose map is lost.")
def import_pithos(database: str | None, database_file: str | None, damaged: bool) -> None:
    """Take over accounts, containers, files with history, sharing, groups of Synnefo 0.21.

    URL is postgresql://... of its object store's database; import-astakos comes first. Maps and
    blocks are read where blocks.path and blocks.legacy say. Each account is taken whole or left,
    and told; one that was taken before is left alone.
    """
    url = secret(database, database_file, "URL of the other database")
    answer = desk().call("import-pithos", url=url, damaged=damaged)
    desk().show(answer)
    if left := answer["tables"]["left"]:
        raise Failure(f"{len(left)} accounts are left", PARTLY)
