"""The options that say which AWS credentials a command uses, and the session they open."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

_Command = TypeVar("_Command", bound=Callable[..., Any])


def aws_options(command: _Command) -> _Command:
    """Give a command `--profile`, `--region` and `--endpoint-url`."""
    for option in (
        click.option("--endpoint-url", metavar="URL", help="Send AWS calls here instead."),
        click.option("--region", metavar="REGION", help="The Region to call."),
        click.option("--profile", metavar="NAME", help="The AWS profile to use."),
    ):
        command = option(command)
    return command


def open_aws(
    case: "Case", profile: str | None, region: str | None, endpoint_url: str | None
) -> "AwsSession":
    """A read-only session whose calls carry the case's id in their user agent."""
    from trailtui.aws.session import AwsSession
    from trailtui.respond.case_facts import case_id

    return AwsSession.open(profile, region, endpoint_url, case_id(case))
