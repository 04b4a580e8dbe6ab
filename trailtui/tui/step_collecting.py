"""Steps of a playbook that collect: run in the background, or offered before a step runs."""

from dataclasses import replace
from typing import TYPE_CHECKING

from trailtui.case.file import Case
from trailtui.collect.files import FilesResult
from trailtui.collect.lookup import LookupWish
from trailtui.collect.running import CollectResult
from trailtui.model.errors import InputError
from trailtui.playbook.collecting import attributes_in
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.views import CollectWish, StepView
from trailtui.tui.gathering import Ending, Tell, Work
from trailtui.tui.looking_up import stage_of
from trailtui.tui.taking_files import stage_of_files
from trailtui.tui.wanted import EVERYTHING, Wanted

if TYPE_CHECKING:
    from trailtui.tui.session import CaseSession


def run_step(session: "CaseSession", step: str) -> Work:
    """The work of running a step that collects, for a Gathering."""

    def work(case: Case, tell: Tell) -> Ending:
        def going(result: CollectResult | FilesResult) -> bool:
            is_files = isinstance(result, FilesResult)
            return tell(stage_of_files(result) if is_files else stage_of(result))

        credentials_hold = False
        try:
            view = PlaybookRun.resume(case).run_step(step, open_aws=session.aws, going=going)
            credentials_hold = True
        finally:
            if not credentials_hold:
                session.forget_aws()
        return _ending(view)

    return work


def _ending(view: StepView) -> Ending:
    parts = view.result.parts if view.result else ()
    says = [part.error or part.by_hand or part.looked_at for part in parts]
    whole = not any(part.truncated or part.error for part in parts)
    return Ending(f"step {view.id}: {' '.join(says)}", whole)


def wanted_of(wish: CollectWish, default: Wanted) -> Wanted | None:
    """What a step would have looked up first, what it leaves open as in `default`.

    None where it names another source.
    """
    if wish.source != "lookup":
        return None
    given = wish.parameters
    try:
        asked = LookupWish(tuple(attributes_in(given))).asked
    except InputError:
        asked = None
    named = {
        "since": given.get("since"),
        "until": given.get("until"),
        "accounts": given.get("accounts"),
        "role": given.get("role"),
        "regions": given.get("regions"),
        "what": f"{asked.key}={asked.value}" if asked else EVERYTHING,
    }
    given_ones = {name: str(value) for name, value in named.items() if value is not None}
    return replace(default, **given_ones)
