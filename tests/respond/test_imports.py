import subprocess
import sys


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
