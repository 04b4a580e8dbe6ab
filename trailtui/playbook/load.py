"""Finding and loading playbooks: the responder's own folders first, then the shipped ones."""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trailtui.model.errors import InputError
from trailtui.playbook.check import Complaint, checked_bytes, checked_file, playbook_files
from trailtui.playbook.document import Playbook
from trailtui.shipped import shipped_folder

SHIPPED = "shipped"


class PlaybookError(InputError):
    """A playbook breaks the format; `complaints` has all of it, the sentence the first."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        more = f" ({len(complaints) - 1} more)" if len(complaints) > 1 else ""
        super().__init__(
            f"{str(complaints[0]).rstrip('.')}{more}",
            cure=f"`trailtui playbooks check {complaints[0].file}` lists all that is wrong.",
        )


@dataclass(frozen=True, slots=True)
class FoundPlaybook:
    """A file that is a playbook, or would be."""

    path: Path
    origin: str
    """Where it was found: --playbook-dir, TRAILTUI_PATH, config folder or shipped."""
    playbook: Playbook | None
    """None where the check complains."""
    complaints: tuple[Complaint, ...] = ()
    hidden_by: Path | None = None
    """An earlier folder's playbook of the same id, which is taken instead of this one."""

    @property
    def id(self) -> str:
        """Its id; of a broken one, the file's name."""
        return self.playbook.id if self.playbook else self.path.stem


def load_playbook(path: Path) -> Playbook:
    """The playbook at `path`. Raises PlaybookError where the check complains."""
    playbook, complaints = checked_file(path)
    if playbook is None:
        raise PlaybookError(complaints)
    return playbook


@functools.lru_cache(maxsize=8)
def load_text(text: str, name: str) -> Playbook:
    """The playbook in `text`, which a case keeps; `name` is what complaints call it.

    The names of queries and actions are not checked: this installation may have others than the
    one that started it. Raises PlaybookError for all else. Remembered, as a console asks for the
    same one again and again and a playbook can't be changed.
    """
    playbook, complaints = checked_bytes(text.encode("utf-8"), name, names=False)
    if playbook is None:
        raise PlaybookError(complaints)
    return playbook


def playbook_folders(extra_dirs: Sequence[Path] = ()) -> list[tuple[str, Path]]:
    """Where playbooks are looked for, first come first taken, each with what it is called.

    A folder of TRAILTUI_PATH may have them in itself or in its folder `playbooks`. Raises
    InputError for a folder that was named and does not exist.
    """
    from platformdirs import user_config_path

    folders = [("--playbook-dir", folder) for folder in extra_dirs]
    for part in filter(None, os.environ.get("TRAILTUI_PATH", "").split(os.pathsep)):
        inside = Path(part).expanduser() / "playbooks"
        folders.append(("TRAILTUI_PATH", inside if inside.is_dir() else inside.parent))
    for origin, folder in folders:
        if not folder.is_dir():
            raise InputError(
                f"{origin} names a folder that is not there",
                where=str(folder),
                cure="Make it, or correct the name.",
            )
    own = user_config_path("trailtui") / "playbooks"
    if own.is_dir():
        folders.append(("config folder", own))
    folders.append((SHIPPED, shipped_folder("playbooks")))
    return folders


def find_playbooks(extra_dirs: Sequence[Path] = ()) -> list[FoundPlaybook]:
    """Every playbook of every folder, broken and hidden ones included, in order of precedence."""
    found: list[FoundPlaybook] = []
    taken: dict[str, Path] = {}
    for origin, folder in playbook_folders(extra_dirs):
        for path in playbook_files(folder):
            playbook, complaints = checked_file(path)
            hidden_by = taken.get(playbook.id) if playbook else None
            if playbook and not hidden_by:
                taken[playbook.id] = path
            found.append(FoundPlaybook(path, origin, playbook, tuple(complaints), hidden_by))
    return found


def playbook_named(playbook_id: str, extra_dirs: Sequence[Path] = ()) -> Playbook:
    """The playbook of that id. Raises InputError where there is none, PlaybookError where the only
    one is broken.
    """
    found = find_playbooks(extra_dirs)
    for entry in found:
        if entry.playbook and entry.playbook.id == playbook_id:
            return entry.playbook
    for entry in found:
        if entry.complaints and entry.id == playbook_id:
            raise PlaybookError(entry.complaints)
    known = ", ".join(entry.id for entry in found if entry.playbook)
    raise InputError(
        f"there is no playbook {playbook_id!r}",
        cure=f"Known: {known or 'none'}. More folders: TRAILTUI_PATH, or `trailtui run` with "
        "--playbook-dir DIR.",
    )
