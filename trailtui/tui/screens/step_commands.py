"""The step screen's commands."""

from trailtui.tui.commands import Command

_STEP, _FIND, _MOVE = "Step", "Result", "Step: moving"

STEP = (
    Command("run", "r", "Run the step, or run it again", _STEP, short="run"),
    Command(
        "decide", "d", "Answer its question; then the answer's digit", _STEP, "decide", "ANSWER"
    ),
    Command("pin", "p", "Pin the row's event as evidence of the step", _FIND, "pin", "REASON"),
    Command("note", "n", "Note to the step, and to the row's event", _FIND, "note", "TEXT"),
    Command("complete", "c", "The step is done: go on", _STEP, short="complete"),
    Command("skip", "s", "Leave the step undone, with the reason", _STEP, "skip", "REASON"),
    Command("other-pane", "tab", "Guide, result, evidence", _MOVE, short="pane"),
    Command("onward", "enter", "From the guide to what was found", _MOVE),
    Command("next-step", "J,ctrl+n", "Step below", _MOVE, short="step"),
    Command("previous-step", "K,ctrl+p", "Step above", _MOVE),
    Command("due", "D", "The step that is due", _MOVE),
    Command("go", "", "Go to a step", _MOVE, argument="STEP"),
    Command("guide", "i", "What to look for, what means what", _MOVE),
    Command("evidence", "e", "What was pinned and noted for the step", _MOVE, short="evidence"),
    Command("actions-here", "a", "The actions that the step planned", _MOVE, short="actions"),
    Command("zoom", "z", "Without the list of steps, or with it", _MOVE),
    Command("pivot", "x", "Timeline of the value under the cursor", _FIND, short="pivot"),
    Command("tag", "t", "Tag the row's event; -TAG takes it away", _FIND, "", "TAG"),
    Command("reference", "y", "Copy what names the event, file or plan", _FIND),
    Command(
        "leave-out", "L", "Leave one action or value out, with the reason", _STEP, "", "REASON"
    ),
    Command("input", "", "Give the playbook an input", _STEP, argument="NAME VALUE"),
    Command("start", "", "Start a playbook (another one)", _STEP),
)
