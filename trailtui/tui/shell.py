"""The commands that every screen has."""

from trailtui.tui.commands import Command
from trailtui.tui.views import CASES, VIEWS

GO, SHOW, CASE, AWS = "Go to", "Screen", "Case", "AWS"
COLLECT = "Collecting"

VIEW_COMMANDS = tuple(
    Command(view.name, view.key, view.help, GO, argument=view.argument) for view in VIEWS
)

COMMON_COMMANDS = (
    Command(CASES, "0", "The cases on this host", GO),
    Command("back", "escape", "Close what is open, else the place before", GO),
    Command("backward", "left_square_bracket", "The place before", GO),
    Command("forward", "right_square_bracket", "The place after", GO),
    Command("command", "colon", "Type a command; Tab completes it", SHOW, short="command"),
    Command("help", "question_mark", "The keys and commands of this screen", SHOW),
    Command("zone", "Z", "Times in UTC or in local time", SHOW),
    Command("refresh", "R", "Read again what is shown", SHOW),
    Command("open", "", "Open another case", CASE, argument="CASE"),
    Command("new", "", "Make a case and open it", CASE, argument="CASE"),
    Command("quit", "q", "Leave; the next start goes on here", CASE),
)

CASE_COMMANDS = (
    Command("note", "n", "Write a note", CASE, argument="TEXT"),
    Command(
        "collect",
        "plus",
        "Fetch events: from AWS, or files",
        COLLECT,
        "collect",
        argument="lookup ... | files PATH...",
    ),
    Command("stop-collecting", "minus", "Stop the collect, or put its line away", COLLECT),
    Command(
        "follow",
        "f",
        "Announce what happens from now on; `stop` ends it",
        COLLECT,
        argument="[WHAT] | stop",
    ),
    Command("new-events", "N", "The next event that came in", COLLECT),
    Command("identity", "", "Ask AWS who this session is", AWS),
    Command("arm", "", "Let containment change things, after confirmation", AWS),
    Command("disarm", "", "Make the case read-only again", AWS),
)

SHELL_COMMANDS = (*VIEW_COMMANDS, *COMMON_COMMANDS)
