"""`trailtui note`, `tag`, `pin` and `log`: what the responder adds, and what was done."""

import json

import click

from trailtui.case import journal, marks
from trailtui.cli.cases import open_case
from trailtui.cli.output import exit_bad_news, format_option, print_rows, say
from trailtui.model.times import format_utc


@click.command()
@click.argument("case")
@click.argument("text")
@click.option("--event", metavar="EVENT_ID", help="The event it is about.")
@click.option("--step", metavar="STEP", help="The playbook step it belongs to.")
def note(case: str, text: str, event: str | None, step: str | None) -> None:
    """Write TEXT into CASE."""
    with open_case(case) as opened:
        row = marks.the_event(opened, event).id if event else None
        written = marks.add_note(opened, text, step=step, event=row)
        say(f"Note {written.id} is written.")


@click.command()
@click.argument("case")
@click.argument("event_id")
@click.argument("tag_text", metavar="TAG")
@click.option("--remove", is_flag=True, help="Take the tag away.")
def tag(case: str, event_id: str, tag_text: str, remove: bool) -> None:
    """Tag the event EVENT_ID of CASE with TAG."""
    with open_case(case) as opened:
        event = marks.the_event(opened, event_id)
        (marks.untag_event if remove else marks.tag_event)(opened, event, tag_text)
        say(f"{event.event_id}: {'no longer ' if remove else ''}tagged {tag_text}")


@click.command()
@click.argument("case")
@click.argument("event_id")
@click.option("--reason", default="", help="Why it matters.")
@click.option("--step", metavar="STEP", help="The playbook step it belongs to.")
@click.option("--remove", is_flag=True, help="Take the pin away.")
def pin(case: str, event_id: str, reason: str, step: str | None, remove: bool) -> None:
    """Pin the event EVENT_ID of CASE as evidence."""
    with open_case(case) as opened:
        event = marks.the_event(opened, event_id)
        if remove:
            marks.unpin_event(opened, event)
        else:
            marks.pin_event(opened, event, step=step, reason=reason)
        say(f"{event.event_id}: {'no longer pinned' if remove else 'pinned'}")


@click.command()
@click.argument("case")
@click.option("--verify", "check", is_flag=True, help="Check the chain; exit code 1 if broken.")
@click.option("--kind", "kinds", multiple=True, help="Only entries of this kind.")
@click.option("--limit", type=click.IntRange(1), help="At most so many rows.")
@format_option
def log(case: str, check: bool, kinds: tuple[str, ...], limit: int | None, output: str) -> None:
    """The action log of CASE: who did what, when."""
    with open_case(case, readonly=True) as opened:
        if check:
            found = journal.verify(opened)
            if not found.ok:
                say(f"The action log is broken: {found.reason}.")
                exit_bad_news()
            say(f"The action log is sound: {found.entries} entries, head {found.head}.")
            return
        rows = [
            (
                entry.seq,
                format_utc(entry.at_ms),
                entry.kind,
                f"{entry.who.get('os_user')}@{entry.who.get('host')}",
                entry.who.get("aws_arn"),
                json.dumps(entry.what, ensure_ascii=False) if output == "table" else entry.what,
                entry.hash[:12] if output == "table" else entry.hash,
            )
            for entry in journal.entries(opened, limit=limit, kinds=kinds)
        ]
        print_rows(("seq", "at (UTC)", "kind", "who", "aws", "what", "hash"), rows, output)
