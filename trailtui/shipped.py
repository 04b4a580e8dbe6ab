"""Where the playbooks and queries that come with the program lie."""

from pathlib import Path


def shipped_folder(kind: str) -> Path:
    """The folder of shipped files of `kind` ("playbooks" or "queries").

    In a wheel they lie inside the package; in a checkout beside it.
    """
    package = Path(__file__).parent
    inside = package / "shipped" / kind
    return inside if inside.is_dir() else package.parent / kind
