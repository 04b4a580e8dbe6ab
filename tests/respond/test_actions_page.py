"""docs/actions.md says of each action what its preview says."""

import re
from pathlib import Path

import pytest

from trailtui.respond.registry import actions

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text("utf-8")
SECTIONS = {
    part.partition("\n")[0]: re.sub(r"\s+", " ", part)
    for part in re.split(r"^### ", PAGE, flags=re.M)
}


@pytest.mark.parametrize("name", list(actions()))
def test_the_page_tells_all_of_an_action(name: str) -> None:
    action, told = actions()[name], SECTIONS[name]
    for text in (action.does, *action.does_not_stop, *action.can_hurt, action.undo_says):
        assert re.sub(r"\s+", " ", text) in told.replace(" * ", " ")
    assert ("Can't be undone" in told) == action.irreversible
