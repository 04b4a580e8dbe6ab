"""A responder at the keyboard: reads the screen, presses the keys that it offers."""

import re
from collections.abc import Callable, Mapping

from tests.terminal import Terminal

_STEP = re.compile(r"› step › \S+ › (\S+)")
_PLANNED = re.compile(r"\d+ actions? planned")
_REFUSED = re.compile(r"Action \d+ is [\w ]+: a plan is applied once|There is no plan under")
_WORD = re.compile(r"(?:Type|type its target) (\S+) and Enter")


class Responder:
    """Plays a playbook in the step view of a running console.

    `choices` names the option (its number) for each step that asks; `before` is called when a step
    is reached, with its name.
    """

    def __init__(
        self,
        terminal: Terminal,
        choices: Mapping[str, str],
        before: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._terminal = terminal
        self._choices = choices
        self._before = before
        self._planned = ""
        self._idle = 0
        self.steps: list[str] = []
        """The steps that were reached, in order."""
        self.typed: list[str] = []
        """What was typed to confirm, in order."""

    def play(self, last: str, *, moves: int = 400) -> None:
        """Go on until the step `last` is done. Raises AssertionError where nothing moves."""
        for _ in range(moves):
            assert not self._terminal.ended, "\n".join(self._terminal.lines)
            text = self._terminal.text
            found = _STEP.search(text)
            if found and (not self.steps or self.steps[-1] != found[1]):
                self.steps.append(found[1])
                self._before(found[1])
            if f"{last} is done" in text:
                return
            self._move(text, last)
        raise AssertionError("the playbook does not end:\n" + "\n".join(self._terminal.lines))

    def _move(self, text: str, last: str) -> None:
        """One answer to what the screen asks for."""
        needs = text.partition("Needs:")[2]
        if word := _WORD.search(text):
            self._confirm(word[1])
        elif "Enter: arm it" in text:
            self._press("\r", _WORD.search)
        elif "Ready: c completes it" in text:
            step = self.steps[-1]
            self._press("c", lambda shown: f"{step} is done" in shown and _gone(shown, step, last))
        elif "run it (r)" in needs:
            self._press("r", lambda shown: "run it (r)" not in shown)
        elif "decide (d)" in needs:
            self._terminal.type("d" + self._choices[self.steps[-1]])
            self._terminal.expect(lambda shown: "decide (d)" not in shown.partition("Needs:")[2])
        elif "note (n)" in needs:
            self._press("n", lambda shown: "note to" in shown)
            self._press(
                f"what was seen in {self.steps[-1]}\r",
                lambda shown: "note (n)" not in shown.partition("Needs:")[2],
            )
        elif "state read back" in text:  # what became of the action; Esc goes back to the step
            self._press("\x1b", lambda shown: "Needs:" in shown or "Ready:" in shown)
        elif planned := _PLANNED.search(needs):
            self._planned = planned[0]
            self._apply(text)
        else:
            self._idle += 1
            assert self._idle < 6, "nothing to press:\n" + "\n".join(self._terminal.lines)
            self._terminal.settle()
            return
        self._idle = 0

    def _apply(self, text: str) -> None:
        """Press A; go one row down where the cursor stands on an action that is done.

        What was said to an earlier A may still stand on the screen: it is no answer to this one.
        """
        before = _refusal(text)
        self._terminal.type("A")
        try:
            self._terminal.expect(
                lambda shown: _asks(shown) or _refusal(shown) not in ("", before), limit=15
            )
        except AssertionError:  # nothing new was said: the same once more
            assert before, "A was not answered:\n" + "\n".join(self._terminal.lines)
        if not _asks(self._terminal.text):
            self._terminal.type("j")

    def _press(self, keys: str, shown: Callable[[str], object]) -> None:
        self._terminal.type(keys)
        self._terminal.expect(shown)

    def _confirm(self, word: str) -> None:
        """Type what a dialog asks for; arming leads to the next dialog, applying to the step."""
        arming = "Arm this case?" in self._terminal.text
        self.typed.append(word)
        self._press(word, lambda shown: f"> {word}" in shown)
        self._terminal.type("\r")
        if arming:
            self._terminal.expect(lambda shown: (w := _WORD.search(shown)) and w[1] != word)
        else:
            self._terminal.expect(lambda shown: "state read back" in shown, limit=60)


def _asks(shown: str) -> bool:
    """Whether A led to a dialog, or to the way to arm."""
    return bool(_WORD.search(shown)) or "Enter: arm it" in shown


def _refusal(shown: str) -> str:
    """Why A did nothing, in the words on the screen; "" where nothing is said."""
    found = _REFUSED.search(shown)
    return found[0] if found else ""


def _gone(shown: str, step: str, last: str) -> bool:
    """Whether another step is on the screen, all of it; the last one stays."""
    found = _STEP.search(shown)
    return step == last or (found is not None and found[1] != step and "Needs:" in shown)
