"""What the console loads before it paints for the first time."""

import subprocess
import sys

HEAVY = ("boto3", "botocore", "sqlglot", "jsonschema", "jinja2", "yaml", "trailtui.sim", "moto")


def _loaded(statement: str) -> set[str]:
    told = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_nothing_heavy_before_the_first_paint() -> None:
    loaded = _loaded("import trailtui.tui.app, trailtui.tui.screens.timeline")
    assert "textual" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_command_does_not_load_textual_for_its_help() -> None:
    assert "textual" not in _loaded("import trailtui.cli.main, trailtui.cli.console")
