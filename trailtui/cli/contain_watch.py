"""What `trailtui contain watch` prints."""

import sys
from typing import TYPE_CHECKING

from trailtui.cli.output import exit_bad_news, print_rows, say
from trailtui.model.text import safe
from trailtui.model.times import format_utc

if TYPE_CHECKING:
    from trailtui.playbook.watching import Watch, WatchRound

COLUMNS = ("time", "verdict", "event", "credential", "principal", "ip", "region", "says", "id")


def print_round(seen: "WatchRound", case: str, output: str) -> None:
    """What one round saw: the events as rows, the rest as sentences."""
    from trailtui.playbook.watching import seeing_ends_ms

    rows: list[tuple[str | None, ...]] = [
        (
            None if one.row.time_ms is None else format_utc(one.row.time_ms),
            one.verdict,
            one.row.name,
            one.node,
            one.row.principal,
            one.row.ip,
            one.row.region,
            one.says,
            one.row.event_id,
        )
        for one in seen.judged
    ]
    at = format_utc(seen.at_ms)
    rows += [
        (at, one.state, f"action {one.action_id}", one.target, None, None, None, one.says, None)
        for one in seen.outcomes
    ]
    print_rows(COLUMNS, rows, output)
    sys.stdout.flush()
    good = sum(one.is_good for one in seen.outcomes)
    say(
        f"{format_utc(seen.at_ms)}  round {seen.number}: {seen.refused} refused, "
        f"{len(seen.grew)} grew, {good} of {len(seen.outcomes)} actions hold. What happened after "
        f"{format_utc(seeing_ends_ms(seen))} may not be seen yet."
    )
    for line in _sentences(seen, case):
        say(safe(line))


def _sentences(seen: "WatchRound", case: str) -> list[str]:
    lines = [f"  grew: {node.kind} {node.id}, {node.state}" for node in seen.grew]
    lines += [f"  not looked at: {one}" for one in seen.unseen]
    lines += [f"  to be sent once more: trailtui contain {case} apply {n}" for n in seen.to_repeat]
    lines += [f"  next: {wish.action} {wish.target} ({wish.why})" for wish in seen.wishes]
    lines += [f"  look at: {one.what}: {one.why}" for one in seen.left_out if seen.number == 1]
    if seen.wishes:
        lines.append(f"  trailtui contain {case} plan --for CREDENTIAL plans all of it.")
    return lines


def conclude(watching: "Watch") -> None:
    """What the whole watch comes to; exit code 1 where it can't say that the cut held."""
    counts = ", ".join(f"{many} {verdict}" for verdict, many in sorted(watching.counts.items()))
    if watching.bad_rounds:
        say(f"The cut did not hold in {watching.bad_rounds} rounds ({counts}).")
        exit_bad_news()
    if watching.blind:
        say(f"Not everything could be asked in {watching.blind} rounds: that is no all-clear.")
        exit_bad_news()
    say(
        f"Nothing got through in {watching.number} rounds ({counts or 'no calls were seen'}). "
        "Management events only, and some minutes late."
    )
