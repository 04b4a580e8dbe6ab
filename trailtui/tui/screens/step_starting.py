"""Starting a playbook from the console."""

from dataclasses import replace

from trailtui.model.errors import InputError
from trailtui.playbook.runner import PlaybookRun
from trailtui.tui.commands import Command
from trailtui.tui.screens.step_base import AboutStep
from trailtui.tui.screens.step_commands import STEP
from trailtui.tui.screens.step_start import InputsForm, Offer


class StartsPlaybooks(AboutStep):
    """Asks which one, then its inputs."""

    def all_commands(self) -> list[Command]:
        """Before a playbook was started the bottom line offers nothing but to start one."""
        listed = super().all_commands()
        if self.scene is not None or not self.settled:
            return listed
        of_steps = {command.name for command in STEP}
        shown = [replace(one, short="") if one.name in of_steps else one for one in listed]
        return [replace(one, short="start") if one.name == "choose" else one for one in shown]

    def do_start(self, _: str) -> None:
        if self.scene is None:
            self.say("Enter starts the playbook under the cursor.")
            return
        from trailtui.tui.screens.choice import ChoiceScreen
        from trailtui.tui.screens.step_start import read_offers

        def choose(offers: list[Offer]) -> None:
            by_id = {offer.found.id: offer for offer in offers if offer.found.playbook}
            choices = [
                (name, offer.found.playbook.title if offer.found.playbook else "")
                for name, offer in by_id.items()
            ]
            self.console.push_screen(
                ChoiceScreen("Start a playbook; the one under way is kept as it is.", choices),
                lambda name: self.choose_offer(by_id[name]) if name else None,
            )

        self.work_in(self.session.read, "offers", read_offers, choose)

    def choose_offer(self, offer: Offer | None) -> None:
        """Ask the inputs of a playbook, and start it."""
        playbook = offer.found.playbook if offer else None
        if offer is None:
            return
        if playbook is None:
            complaint = offer.found.complaints[0]
            raise InputError(
                f"this playbook can't be used: {complaint}",
                cure=f"`trailtui playbooks check {offer.found.path}` lists all that is wrong.",
            )

        def start(values: dict[str, str] | None) -> None:
            if values is None:
                return
            self.work_in(
                self.session.write,
                "start",
                lambda case: PlaybookRun.start(case, playbook, values).id,
                lambda _: self._started(playbook.title),
                replace=False,
            )

        self.console.push_screen(InputsForm(playbook, offer.known), start)

    def _started(self, title: str) -> None:
        self.say(f"Started: {title}.", "green")
        self.show_step("")
