"""The options that say which AWS credentials a command uses, and what they open.

`aws_options` and `open_aws` are for commands that work in one account, `access_options` and
`open_access` for those that collect from several accounts and Regions.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

from trailtui.cli.output import say
from trailtui.model.errors import UsageError

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.identity import AwsIdentity
    from trailtui.aws.reach import Reach
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PROFILE = click.option("--profile", metavar="NAME", help="The AWS profile to use.")
_ENDPOINT = click.option("--endpoint-url", metavar="URL", help="Send AWS calls here instead.")


class AccessOptions(TypedDict):
    """What `access_options` hands to a command: `def lookup(..., **aws: Unpack[AccessOptions])`."""

    profile: str | None
    endpoint_url: str | None
    account: tuple[str, ...]
    organization: bool
    region: tuple[str, ...]
    role: str | None
    external_id: str | None
    source_identity: str | None
    mfa_serial: str | None
    mfa_code: str | None
    session_seconds: int
    expect_account: str | None


def aws_options(command: _Command) -> _Command:
    """Give a command `--profile`, `--region` and `--endpoint-url`."""
    for option in (
        _ENDPOINT,
        click.option("--region", metavar="REGION", help="The Region to call."),
        _PROFILE,
    ):
        command = option(command)
    return command


def access_options(command: _Command) -> _Command:
    """Give a command everything that says who asks, and in which accounts and Regions."""
    for option in reversed(_ACCESS):
        command = option(command)
    return command


_ACCESS = (
    _PROFILE,
    click.option(
        "--account", multiple=True, metavar="ID,...", help="The accounts; else the identity's own."
    ),
    click.option("--organization", is_flag=True, help="All active accounts of the organisation."),
    click.option(
        "--region",
        multiple=True,
        metavar="REGION,...",
        help="The Regions, or `current`; else all that an account has enabled.",
    ),
    click.option(
        "--role", metavar="NAME|ARN", help="The role to assume; a name: in each of the accounts."
    ),
    click.option("--external-id", metavar="ID", help="What the role's trust policy asks for."),
    click.option("--source-identity", metavar="NAME", help="Your name, for the role's records."),
    click.option("--mfa-serial", metavar="ARN", help="Your MFA device; asks for its code."),
    click.option("--mfa-code", metavar="CODE", help="The code, where nobody can be asked."),
    click.option(
        "--session-seconds",
        type=click.IntRange(900, 43200),
        default=3600,
        show_default=True,
        help="How long a role's session lasts before it is renewed.",
    ),
    click.option("--expect-account", metavar="ID", help="Go on only if this is the identity's."),
    _ENDPOINT,
)


def open_aws(
    case: "Case", profile: str | None, region: str | None, endpoint_url: str | None
) -> "AwsSession":
    """A read-only session whose calls carry the case's id in their user agent."""
    from trailtui.aws.session import AwsSession
    from trailtui.respond.case_facts import case_id

    return AwsSession.open(profile, region, endpoint_url, case_id(case))


def open_access(
    case: "Case", source: str | None = None, **options: Unpack[AccessOptions]
) -> "Access":
    """The way into accounts and Regions, after AWS said who asks.

    The identity goes into the case's log and is told on stderr. `source` stands in the user agent
    as `collect/SOURCE`. Raises a CallError where there is no identity, WrongAccount where it is
    another one than `--expect-account`.
    """
    from trailtui.aws.access import Access
    from trailtui.aws.session import AwsSession
    from trailtui.respond.arming import name_identity
    from trailtui.respond.case_facts import case_id

    base = AwsSession.open(options["profile"], None, options["endpoint_url"], case_id(case))
    access = Access(base.collecting(source) if source else base, _reach(case, options))
    identity = access.identity
    name_identity(case, identity)
    say(who(identity))
    _warn_of_other_accounts(case, access)
    return access


def who(identity: "AwsIdentity") -> str:
    """The identity in one line: `As ARN (account), session NAME`."""
    session = f", session {identity.session_name}" if identity.session_name else ""
    return f"As {identity.arn} ({identity.account}){session}"


def _reach(case: "Case", options: AccessOptions) -> "Reach":
    from trailtui.aws.reach import Reach
    from trailtui.respond.case_facts import case_id

    serial, code = options["mfa_serial"], options["mfa_code"]
    if code and not serial:
        raise UsageError("--mfa-code needs --mfa-serial", cure="Give the device's ARN, too.")
    return Reach(
        accounts=_listed(options["account"]),
        organization=options["organization"],
        regions=_listed(options["region"]),
        role=options["role"],
        external_id=options["external_id"],
        source_identity=options["source_identity"],
        session_name=f"trailtui-{case_id(case)}",
        duration_seconds=options["session_seconds"],
        mfa_serial=serial,
        mfa_code=(lambda: code or _ask_for_code(serial)) if serial else None,
        expect_account=options["expect_account"],
    )


def _listed(given: tuple[str, ...]) -> tuple[str, ...]:
    """Values that were given several times, or with commas between them."""
    words = (word.strip() for value in given for word in value.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _ask_for_code(serial: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("the MFA code is missing", cure="Give --mfa-code CODE.")
    return str(click.prompt(f"MFA code of {serial}", err=True)).strip()


def _warn_of_other_accounts(case: "Case", access: "Access") -> None:
    """Say it where the case has events, and none of an account that is going to be asked."""
    from trailtui.case.events import EventFilter, page
    from trailtui.model.entity import Entity

    def has_events(chosen: EventFilter) -> bool:
        return bool(page(case, chosen, limit=1).rows)

    if access.reach.organization or not has_events(EventFilter()):
        return
    wanted = access.named_accounts()
    if not any(has_events(EventFilter(entities=(Entity("account", each),))) for each in wanted):
        say(
            f"Note: no event of the case is of {', '.join(wanted)}; is this the right account? "
            "(--expect-account ID makes sure.)"
        )
