"""Who works on the case: the operating system's user, and the AWS identity where there is one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Responder:
    """The author of an entry in the action log."""

    os_user: str
    host: str
    ssh_origin: str | None
    """The address the SSH session came from, None at the console itself."""
    aws_arn: str | None = None
    aws_account: str | None = None

    @property
    def name(self) -> str:
        """`user@host`, for a narrow column."""
        return f"{self.os_user}@{self.host}"

    def as_json(self) -> dict[str, str | None]:
        """What the action log stores."""
        return {
            "os_user": self.os_user,
            "host": self.host,
            "ssh_origin": self.ssh_origin,
            "aws_arn": self.aws_arn,
            "aws_account": self.aws_account,
        }
