"""What starting costs: heavy libraries are imported by the command that needs them, not before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = frozenset(
    {
        "boto3", "botocore", "cryptography", "duckdb", "flask", "jinja2", "jsonschema", "moto",
        "numpy", "rich", "sqlglot", "sqlite_utils", "textual", "yaml", "zstandard",
    }
)  # fmt: skip
CORE = (
    "trailtui.model.record",
    "trailtui.model.identity",
    "trailtui.case.file",
    "trailtui.case.events",
    "trailtui.case.entities",
    "trailtui.case.journal",
    "trailtui.case.loading",
    "trailtui.collect.files",
    "trailtui.query.where",
    "trailtui.query.sql",
    "trailtui.query.library",
    "trailtui.playbook.runner",
    "trailtui.playbook.load",
    "trailtui.respond.run",
    "trailtui.report.report",
    "trailtui.report.verify",
)


def imported_by(code: str) -> set[str]:
    """The top-level modules that are imported after `code` ran in a fresh interpreter."""
    script = (
        f"import json, sys\n{code}\n"
        "print('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    """Code that runs the command line as a user would."""
    return (
        f"sys.argv = ['trailtui', *{list(arguments)!r}]\n"
        "from trailtui.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code"
    )


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    assert not imported_by(command(option)) & HEAVY


def test_the_detection_itself_works() -> None:
    assert "textual" in imported_by("import textual")


@pytest.mark.parametrize(
    "name", ["new", "collect", "timeline", "show", "entities", "note", "log", "coverage"]
)
def test_help_of_a_case_command_needs_neither_console_nor_aws(name: str) -> None:
    assert not imported_by(command(name, "--help")) & {"textual", "boto3", "botocore", "moto"}


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_no_user_interface_and_no_simulator(module: str) -> None:
    assert not imported_by(f"import {module}") & {"textual", "moto", "flask"}


def test_working_on_a_case_never_imports_textual_or_boto3(tmp_path) -> None:
    path = str(tmp_path / "made.case")
    modules = imported_by(command("new", path) + "\n" + command("timeline", path))
    assert not modules & {"textual", "boto3", "botocore"}


def test_a_worker_process_of_collect_imports_only_what_reading_needs() -> None:
    assert not imported_by("import trailtui.collect.reading") & {
        "boto3", "click", "jinja2", "jsonschema", "rich", "sqlglot", "sqlite_utils", "textual",
    }  # fmt: skip


def test_import_directions_hold() -> None:
    """The contracts of import-linter, as continuous integration checks them."""
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
