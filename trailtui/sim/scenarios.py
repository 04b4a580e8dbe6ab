"""The incidents by name and what happens in them, as data: telling them needs no account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """One incident that can be played."""

    title: str
    story: str
    """What happens, in a few sentences."""


DEFAULT = "stolen-key"

SCENARIOS: dict[str, Scenario] = {
    "stolen-key": Scenario(
        "A deploy user's access key leaked in a public repository",
        "The intruder makes a second key, takes a session of 36 hours and an administrator's role, "
        "builds a backdoor user and reads secrets and customers' data.",
    ),
    "console-user": Scenario(
        "A console password was phished; there was no MFA",
        "Signed in as somebody of finance, the intruder gives a forgotten user a password and a "
        "key, signs in as that one, switches to the administrators' role and makes a user to stay.",
    ),
    "role-chain": Scenario(
        "A scheduler's key, and from role to role into a second account",
        "Each role may take the next one. In the second account the intruder reads a data store, "
        "makes a user, and opens a role's trust to an account of its own.",
    ),
    "instance-credentials": Scenario(
        "A developer's key, a shell on an instance, and the instance's credentials elsewhere",
        "Through Systems Manager the intruder gets at what the instance's role may do, leaves a "
        "function behind that acts as a stronger role, and lets it make a user.",
    ),
    "log-tampering": Scenario(
        "A backup user's key: first the logging goes, then a bucket is held to ransom",
        "Selectors, a stopped trail and a deleted one; then a bucket's objects, its policy, its "
        "encryption and its lifecycle, while a second key and a federated session are kept aside.",
    ),
}
"""By the name that the command line uses; each is played by `incidents`."""

WORDS: dict[str, str] = {
    "key": "the leaked access key",
    "second-key": "a second key that it made for the same user",
    "user-session": "the session made from that key",
    "role-session": "the stolen role session",
    "federated-session": "the federated session made from that key",
    "backdoor-key": "the key of the user that it made",
    "backdoor-session": "the session made from that user's key",
    "console": "the console session of the phished user",
    "contractor-key": "the key that it made for the forgotten user",
    "contractor-console": "the console session of the forgotten user",
    "admin-console": "the administrators' role that it switched to",
    "first-role": "the session of the first role",
    "second-role": "the session of the role in the second account",
    "third-role": "the session of the second role there",
    "outside-session": "the session taken from its own account",
    "instance-session": "the instance's credentials",
    "function-session": "the credentials of the function that it left behind",
}
"""What the intruders' credentials are, by the words for them."""


def what(word: str) -> str:
    """What a credential of an intruder's is; of those that it made later, by how it made them."""
    return WORDS.get(word) or f"what it got since ({word.replace('-', ' ')})"
