"""`synnefo-burnin`: options, the order of the suites, and the exit code."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from synnefod import VERSION
from synnefod.burnin import report
from synnefod.burnin.cloud import Cloud, NotReached
from synnefod.burnin.suite import BAD, Options, Result, Suite
from synnefod.burnin.suites.files import Files
from synnefod.burnin.suites.images import Flavors, Images
from synnefod.burnin.suites.keypairs import Keypairs
from synnefod.burnin.suites.networks import Networks
from synnefod.burnin.suites.people import People, Projects
from synnefod.burnin.suites.quotas import Quotas
from synnefod.burnin.suites.servers import Servers
from synnefod.burnin.suites.stale import STALE
from synnefod.burnin.suites.volumes import Snapshots, Volumes

DONE, FAILED, USAGE, UNREACHABLE = 0, 1, 2, 5
SUITES: tuple[type[Suite], ...] = (
    People,
    Projects,
    Flavors,
    Images,
    Files,
    Keypairs,
    Servers,
    Networks,
    Quotas,
    Volumes,
    Snapshots,
)
BY_NAME = {suite.title: suite for suite in (*SUITES, *STALE)}


def _names(_context: click.Context, parameter: click.Parameter, value: str | None) -> list[str]:
    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if name not in BY_NAME and name != "all":
            raise click.BadParameter(f"{name} is not one of {', '.join(BY_NAME)}", param=parameter)
    return names


def _words(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str]:
    return [word.strip() for word in (value or "").split(",") if word.strip()]


@click.command("synnefo-burnin", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--auth-url", required=True, metavar="URL", help="Of identity: .../identity/v2.0.")
@click.option("--token", required=True, envvar="SYNNEFO_TOKEN", help="Of the user who tries.")
@click.option("-k", "--ignore-ssl", is_flag=True, help="Do not look at certificates.")
@click.option("--failfast", is_flag=True, help="End with the first failure.")
@click.option("--short", is_flag=True, help="Leave out what needs guests that answer.")
@click.option("--no-ipv6", is_flag=True, help="Do not look for IPv6.")
@click.option("--no-rescue", is_flag=True, help="Do not try the rescue mode.")
@click.option("--action-timeout", type=float, default=420, show_default=True, metavar="S")
@click.option("--action-warning", type=float, default=180, show_default=True, metavar="S")
@click.option("--query-interval", type=float, default=3, show_default=True, metavar="S")
@click.option("--flavors", callback=_words, metavar="F,...", help="name:REGEX or id:ID.")
@click.option("--images", callback=_words, metavar="I,...", help="name:REGEX or id:ID.")
@click.option("--volume-flavors", callback=_words, metavar="F,...", help="For volumes.")
@click.option("--detachable-volume-type", default="", metavar="ID", help="Of volumes that move.")
@click.option("--non-detachable-volume-type", default="", metavar="ID")
@click.option("--system-user", default="", metavar="UUID", help="Who owns the system's images.")
@click.option("--set-tests", callback=_names, metavar="SUITE,...", help="These only (all).")
@click.option("--exclude-tests", callback=_names, metavar="SUITE,...")
@click.option("--show-stale", is_flag=True, help="List what earlier runs left; 1 if anything.")
@click.option("--delete-stale", is_flag=True, help="Remove what earlier runs left.")
@click.option("--log-folder", default="/var/log/burnin/", show_default=True, metavar="FOLDER")
@click.option("-v", "--verbose", count=True, help="Also what went well (the default), and more.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
@click.option("--final-report-only", is_flag=True, help="Print only the counts.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON alone.")
@click.option("--no-colors", is_flag=True)
@click.option("--temp-directory", default=None, metavar="FOLDER")
@click.option("--obj-upload-num", type=int, default=2, show_default=True)
@click.option("--obj-upload-min-size", type=int, default=10 << 20, show_default=True)
@click.option("--obj-upload-max-size", type=int, default=20 << 20, show_default=True)
@click.version_option(VERSION, prog_name="synnefo-burnin")
def burnin(**given: object) -> None:
    """Try a running deployment as a user of it: images, servers, networks, files, quotas, projects.

    Whatever is made is removed. Exit 0 when all went well, 1 when anything failed, 5 when the cloud
    does not answer or refuses the token.
    """
    context = click.get_current_context()
    loud = not (given["quiet"] or given["final_report_only"] or given["as_json"])
    colours = loud and not given["no_colors"] and sys.stdout.isatty()
    cloud = Cloud(
        str(given["auth_url"]),
        str(given["token"]),
        not given["ignore_ssl"],
        float(given["action_timeout"]),  # type: ignore[arg-type]
        float(given["action_warning"]),  # type: ignore[arg-type]
        float(given["query_interval"]),  # type: ignore[arg-type]
        lambda text: click.echo(text, err=True) if loud else None,
    )
    try:
        cloud.open()
    except NotReached as error:
        click.echo(f"synnefo-burnin: {error}", err=True)
        context.exit(UNREACHABLE)
    run_id = datetime.now(UTC).strftime("%Y%m%d%H%M%S")

    def tell(result: Result) -> None:
        if loud:
            click.echo(report.line(result, colours=colours))

    with tempfile.TemporaryDirectory(dir=given["temp_directory"]) as folder:  # type: ignore[call-overload]
        results = _run(_chosen(given), cloud, _options(given, folder), run_id, tell, given)
    about = {"cloud": cloud.services["identity"], "user": cloud.user, "run": run_id}
    _say(results, about, given, run_id)
    context.exit(FAILED if any(each.outcome == BAD for each in results) else DONE)


def _run(
    kinds: list[type[Suite]],
    cloud: Cloud,
    options: Options,
    run_id: str,
    tell: Callable[[Result], object],
    given: dict[str, object],
) -> list[Result]:
    results: list[Result] = []
    variants: Sequence[Suite]
    stop = bool(given["failfast"])
    for kind in kinds:
        first = kind(cloud, options, run_id)
        try:
            variants = first.variants()
        except Exception as error:  # an answer in another shape than expected, say
            results.append(Result(kind.title, "begin", BAD, 0.0, str(error) or repr(error)))
            tell(results[-1])
            variants = ()
        for suite in variants:
            results += suite.run(tell, stop=stop)
            if stop and any(each.outcome == BAD for each in results):
                return results
    return results


def _say(
    results: list[Result], about: dict[str, str], given: dict[str, object], run_id: str
) -> None:
    count = report.summary(results)
    if given["as_json"]:
        click.echo(report.as_json(results, about))
    elif not given["quiet"]:
        for each in results:
            if given["final_report_only"] and each.outcome == BAD:
                click.echo(report.line(each, colours=False))
        click.echo(f"{count['ok']} ok, {count['failed']} failed, {count['skipped']} skipped")
    try:
        place = report.write(Path(str(given["log_folder"])), run_id, results, about)
    except OSError as error:
        click.echo(f"synnefo-burnin: no report in {given['log_folder']}: {error}", err=True)
        return
    if not given["quiet"] and not given["as_json"]:
        click.echo(f"report: {place}")


def _chosen(given: dict[str, object]) -> list[type[Suite]]:
    if given["show_stale"] or given["delete_stale"]:
        return [kind for kind in STALE if kind.deletes == bool(given["delete_stale"])]
    named: list[str] = given["set_tests"]  # type: ignore[assignment]
    left_out: list[str] = given["exclude_tests"]  # type: ignore[assignment]
    wanted = [BY_NAME[name] for name in named if name != "all"] or list(SUITES)
    return [kind for kind in wanted if kind.title not in left_out]


def _options(given: dict[str, object], folder: str) -> Options:
    return Options(
        flavors=given["flavors"],  # type: ignore[arg-type]
        images=given["images"],  # type: ignore[arg-type]
        volume_flavors=given["volume_flavors"],  # type: ignore[arg-type]
        detachable_type=str(given["detachable_volume_type"]),
        fixed_type=str(given["non_detachable_volume_type"]),
        system_user=str(given["system_user"]),
        temporary=folder,
        uploads=int(given["obj_upload_num"]),  # type: ignore[call-overload]
        smallest=int(given["obj_upload_min_size"]),  # type: ignore[call-overload]
        largest=int(given["obj_upload_max_size"]),  # type: ignore[call-overload]
        ipv6=not given["no_ipv6"],
        rescue=not given["no_rescue"],
        short=bool(given["short"]),
        notes=str(Path(str(given["log_folder"])) / "left"),
    )


def main() -> None:
    """The entry point."""
    try:
        burnin.main(prog_name=os.path.basename(sys.argv[0]))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
