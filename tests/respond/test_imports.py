import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

from trailtui import respond
from trailtui.respond.registry import actions


def test_naming_the_actions_does_not_load_boto3() -> None:
    """A playbook is checked, and `--help` is printed, without paying for it."""
    program = (
        "import sys, trailtui.respond.registry as r, trailtui.cli.contain, trailtui.aws.session\n"
        "r.actions()\n"
        "print(sorted({'boto3', 'botocore', 'textual', 'moto'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_actions_of_every_module_are_in_the_registry() -> None:
    modules = [
        import_module(f"{respond.__name__}.{one.name}") for one in iter_modules(respond.__path__)
    ]
    declared = [action.name for module in modules for action in getattr(module, "ACTIONS", ())]
    assert sorted(declared) == sorted(actions())
