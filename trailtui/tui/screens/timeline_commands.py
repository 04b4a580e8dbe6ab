"""The timeline's commands."""

from trailtui.tui.commands import Command

_SHOW, _GO = "Timeline", "Timeline: moving"

TIMELINE = (
    Command("filter", "slash", "Which events are shown", _SHOW, "filter", "FILTER"),
    Command("pivot", "x", "Events of the value under the cursor", _SHOW, "pivot", "ENTITY"),
    Command("errors", "exclamation_mark", "Only failed calls, or all", _SHOW),
    Command("writes", "w", "Only changing calls, or all", _SHOW),
    Command("pinned", "P", "Only pinned events, or all", _SHOW),
    Command("mark", "m", "Mark the row; p, t, n and y take all marked", _SHOW),
    Command("unmark", "M", "Take all marks away", _SHOW),
    Command("order", "O", "Newest or oldest first", _SHOW),
    Command("next-error", "e", "Next failed call", _GO, "error"),
    Command("previous-error", "E", "Failed call before", _GO),
    Command("goto", "at", "Go to a time", _GO, "", "TIME"),
)
