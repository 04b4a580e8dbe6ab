"""`trailtui enrich`: files that tell more of addresses, kept with a case."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.detect.enrich.enrichment import Enrichment
    from trailtui.detect.enrich.sources import Source

COLUMNS = ("kind", "file", "state", "has", "sha256", "path")
_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option("--geoip", metavar="PATH", help="A city or country database (MaxMind format)."),
    click.option("--asn", metavar="PATH", help="A database of networks' owners (MaxMind format)."),
    click.option("--aws-ranges", metavar="PATH", help="AWS's own addresses: ip-ranges.json."),
)


def enrichment_options(*names: str) -> Callable[[_Command], _Command]:
    """Give a command the four kinds of files: geoip, asn, lists (by `names`), aws_ranges."""
    lists = click.option(
        *names,
        "lists",
        multiple=True,
        metavar="PATH[#COLUMN]",
        help="Addresses and domains: plain, CSV or STIX 2.1; may be given again.",
    )

    def given(command: _Command) -> _Command:
        for option in (lists, *reversed(_OPTIONS)):
            command = option(command)
        return command

    return given


@click.command()
@click.argument("case")
@enrichment_options("--list", "--address-list")
@click.option(
    "--forget", multiple=True, metavar="NAME|all", help="No longer use a file, or a kind of files."
)
@format_option
def enrich(
    case: str,
    geoip: str | None,
    asn: str | None,
    lists: tuple[str, ...],
    aws_ranges: str | None,
    forget: tuple[str, ...],
    output: str,
) -> None:
    """Say which files tell CASE more of its addresses; without options, list them.

    Nothing is asked over the network, and the files stay where they are: the case keeps their
    paths and SHA-256. One that is missing or changed is told, and not used until it is given again.
    """
    changes = any((geoip, asn, lists, aws_ranges, forget))
    with open_case(case, readonly=not changes) as opened:
        if changes:
            keep_given(opened, geoip, asn, lists, aws_ranges, forget)
        _list(opened, output)


def keep_given(
    case: "Case",
    geoip: str | None,
    asn: str | None,
    lists: Sequence[str],
    aws_ranges: str | None,
    forget: Sequence[str] = (),
) -> None:
    """Keep the files that were given by options, once each of them was read without a fault.

    What a list has that was not understood is told. Raises EnrichmentError where one can't be used.
    """
    from trailtui.detect.enrich.enrichment import load_enrichment
    from trailtui.detect.enrich.sources import ASN, AWS_RANGES, GEOIP, LIST, given_source
    from trailtui.detect.enrich.sources import keep_sources as keep

    named = [
        (GEOIP, geoip),
        (ASN, asn),
        *((LIST, each) for each in lists),
        (AWS_RANGES, aws_ranges),
    ]
    given = [given_source(kind, text)[0] for kind, text in named if text]
    if not given and not forget:
        return
    made = load_enrichment(given, strict=True)
    keep(case, given, forget)
    for source, listed in made.lists:
        for told in listed.passed_over:
            say(f"{source.name}: {told}.")
        more = listed.passed_over_in_all - len(listed.passed_over)
        if more > 0:
            say(f"{source.name}: {more:,} more were not understood.")


def _list(case: "Case", output: str) -> None:
    from trailtui.detect.enrich.enrichment import open_enrichment
    from trailtui.detect.enrich.sources import sources_of

    known, sources = open_enrichment(case), sources_of(case)
    rows = [
        (
            source.kind, source.name, "used" if source in known.used else "not used",
            _has(source, known), source.sha256, source.path,
        )
        for source in sources
    ]  # fmt: skip
    print_rows(COLUMNS, rows, output)
    if not sources:
        say("No file tells this case more of its addresses.")
    for problem in known.problems:
        say(problem)
    if known.problems:
        raise InputError(f"{len(known.problems)} files can't be used")


def _has(source: "Source", known: "Enrichment") -> str | None:
    for each, listed in known.lists:
        if each == source:
            return f"{len(listed.networks):,} networks, {len(listed.hosts):,} domains"
    if source.kind == "aws-ranges" and known.ranges is not None:
        return f"{len(known.ranges):,} networks"
    return None
