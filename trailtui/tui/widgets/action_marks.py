"""How an action stands, by letter, shape and colour; and in a sentence."""

from trailtui.respond.store import (
    EXECUTED,
    EXECUTING,
    FAILED,
    NOT_HOLDING,
    PLANNED,
    UNDONE,
    UNKNOWN,
    VERIFIED,
    ActionRow,
)
from trailtui.tui.showing import ASCII, labelled_time

SUPERSEDED = "superseded"
"""What a list says of a plan that was made again since; the action itself stays planned."""

_MARKS = {
    PLANNED: ("P.", "P·", ""),
    SUPERSEDED: ("P.", "P·", "dim"),
    EXECUTING: ("X>", "X▶", "bold yellow"),
    EXECUTED: ("Eo", "E○", "yellow"),
    VERIFIED: ("Vx", "V✔", "green"),
    NOT_HOLDING: ("H!", "H✖", "bold red"),
    FAILED: ("F!", "F✖", "bold red"),
    UNKNOWN: ("U?", "U?", "bold reverse yellow"),
    UNDONE: ("B<", "B↶", "magenta"),
    "skipped": ("S>", "S↷", "magenta"),
    "already-so": ("A=", "A=", "green"),
    "not-planned": ("-!", "-✖", "bold red"),
}
_MEANS = {
    PLANNED: "planned: nothing was sent",
    EXECUTING: "being carried out: the intent is written, the call may be under way",
    EXECUTED: "AWS accepted it; not yet seen to hold",
    VERIFIED: "verified: AWS shows the state that was meant",
    NOT_HOLDING: "NOT HOLDING: AWS shows another state than the one that was meant",
    FAILED: "failed: AWS refused it, nothing was changed",
    UNKNOWN: "unknown: whether the call took effect has to be read back (V); it is not sent again",
    UNDONE: "undone",
}


def action_mark(state: str) -> str:
    """Letter and shape of a state."""
    ascii_mark, shape, _ = _MARKS.get(state, ("??", "??", ""))
    return ascii_mark if ASCII else shape


def action_style(state: str) -> str:
    """The colour that repeats it."""
    return _MARKS.get(state, ("", "", ""))[2]


def state_in_words(state: str) -> str:
    """What a state means."""
    return _MEANS.get(state, state)


def course_of(row: ActionRow, *, local: bool) -> list[tuple[str, str]]:
    """What happened to an action so far, step by step: (style, line)."""
    outcome = row.outcome
    lines = [(action_style(row.state) or "bold", state_in_words(row.state))]

    def at(key: str) -> str:
        value = outcome.get(key)
        return f"{labelled_time(value, local=local)}  " if isinstance(value, int) else ""

    if "intent_ms" in outcome:
        lines.append(("", f"{at('intent_ms')}intent written, as {outcome.get('identity', '')}"))
    for answer in outcome.get("answers", ()):
        code = f", {answer['code']}" if answer.get("code") else ""
        request = answer.get("request_id") or "none came back"
        lines.append(
            ("", f"{at('answered_ms')}answer {answer.get('status')}{code}, request id {request}")
        )
    if "read_back_ms" in outcome:
        lines.append(("", f"{at('read_back_ms')}state read back"))
    reason = str(outcome.get("reason", ""))
    if reason and reason.rstrip(".") not in lines[0][1]:
        lines.append(("bold", reason))
    if outcome.get("undone_by"):
        lines.append(("", f"undone by action {outcome['undone_by']}"))
    if row.undo_of is not None:
        lines.append(("", f"it takes back action {row.undo_of}"))
    return lines


def progress_of(row: ActionRow) -> str:
    """The present stage of an action that is being applied, for the status line."""
    match row.state:
        case "planned":
            return "checking that the state is still the planned one…"
        case "executing":
            return "intent written; sent, waiting for AWS's answer…"
        case "executed":
            requests = ", ".join(str(one["request_id"]) for one in row.outcome["answers"])
            return f"AWS accepted it (request {requests}); reading back…"
        case state:
            return state_in_words(state)
