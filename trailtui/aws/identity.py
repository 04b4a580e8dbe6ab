"""Who a session is, as AWS itself says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AwsIdentity:
    """The answer of GetCallerIdentity."""

    account: str
    arn: str
    user_id: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`…"""
        return self.arn.split(":")[1]

    @property
    def session_name(self) -> str | None:
        """The session's name of an assumed role, else None."""
        return self._part("assumed-role", 2)

    @property
    def role_name(self) -> str | None:
        """The role that issued the session, None where the identity is no role session."""
        return self._part("assumed-role", 1)

    @property
    def user_name(self) -> str | None:
        """The IAM user's name (without its path), None where the identity is none."""
        return self._part("user", -1)

    @property
    def is_root(self) -> bool:
        """Whether this is the account's root user."""
        return self.arn.endswith(":root")

    def _part(self, kind: str, position: int) -> str | None:
        parts = self.arn.split(":", 5)[-1].split("/")
        return parts[position] if parts[0] == kind and len(parts) > 1 else None
