"""What the operations of STS share: roles by ARN, durations, credentials as they are answered."""

from __future__ import annotations

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, RoleView
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World


def credentials(session: Credential) -> dict[str, Dynamic]:
    """A session as the answer has it."""
    return {
        "AccessKeyId": session.id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at,
    }


def seconds_of(call: ApiCall, default: int, most: int, least: int = 900) -> int:
    """How long a session is to live.

    Raises:
        ServiceError: longer or shorter than it may be.
    """
    seconds = int(call.params.get("DurationSeconds", default))
    if not least <= seconds <= most:
        raise ServiceError(
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to "
            f"satisfy constraint: Member must have value between {least} and {most}",
        )
    return seconds


def find_role(world: World, arn: str) -> tuple[str, RoleView] | None:
    """A role and its account, by its ARN; None where there is none."""
    parts = arn.split(":")
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return None
    account = parts[4]
    role = world.iam.view(account).roles.get(parts[5].rsplit("/", 1)[1])
    return (account, role) if role and role.arn == arn else None
