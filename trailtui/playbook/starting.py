"""Starting a playbook in a case that has just been made."""

from collections.abc import Sequence
from pathlib import Path

from trailtui.case.file import Case
from trailtui.playbook.load import playbook_named
from trailtui.playbook.runner import PlaybookRun


def start_with_given(case: Case, playbook_id: str, extra_dirs: Sequence[Path] = ()) -> PlaybookRun:
    """Start the playbook of that id with what the case was given: its entities, its time window.

    Raises InputError where there is no such playbook, or a required input has no value.
    """
    return PlaybookRun.start(case, playbook_named(playbook_id, extra_dirs))
