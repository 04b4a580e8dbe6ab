"""Which Regions there are, and which of them an account has opted in to.

Source: AWS Account Management Reference, "Enable or disable AWS Regions in your account": the
older Regions are always on, those since 2019 only after opting in.
"""

from __future__ import annotations

ALWAYS_ON = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
OPT_IN = (
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
)


class Regions:
    """The Regions of all accounts; no account has opted in to any at first."""

    def __init__(self) -> None:
        self._opted_in: set[tuple[str, str]] = set()

    def opt_in(self, account: str, region: str) -> None:
        """Let an account use a Region.

        Raises:
            ValueError: it is no Region that needs it.
        """
        if region not in OPT_IN:
            raise ValueError(f"{region} is no Region that an account opts in to")
        self._opted_in.add((account, region))

    def enabled(self, account: str, region: str) -> bool:
        """Whether an account may call a Region."""
        return region in ALWAYS_ON or (account, region) in self._opted_in

    def opt_in_status(self, account: str, region: str) -> str:
        """What EC2 says of it."""
        if region in ALWAYS_ON:
            return "opt-in-not-required"
        return "opted-in" if self.enabled(account, region) else "not-opted-in"

    def opt_status(self, account: str, region: str) -> str:
        """What the account service says of it."""
        if region in ALWAYS_ON:
            return "ENABLED_BY_DEFAULT"
        return "ENABLED" if self.enabled(account, region) else "DISABLED"
