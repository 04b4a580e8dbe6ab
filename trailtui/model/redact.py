"""What is never shown or exported in clear: session tokens and secrets inside records.

AssumeRole and GetFederationToken records hold the session token they issued. The raw evidence
keeps it, hashed and unaltered; every view and every text that leaves the case goes through here.
"""

import hashlib
import re
from typing import cast

SECRET_KEYS = frozenset(
    {
        "sessiontoken",
        "secretaccesskey",
        "password",
        "newpassword",
        "oldpassword",
        "masteruserpassword",
        "signintoken",
        "clientsecret",
        "privatekey",
        "keymaterial",
    }
)
"""Names, in lower case, whose values are secrets wherever they stand in a record."""

_SECRET_IN_TEXT = re.compile(
    r'(?P<key>\\*"(?:' + "|".join(sorted(SECRET_KEYS)) + r')\\*"\s*:\s*\\*")(?P<value>[^"\\]{8,})',
    re.IGNORECASE,
)


def redact(value: object) -> object:
    """A copy of a JSON value in which secrets are replaced by their length and hash.

    The hash (first 12 hex digits of SHA-256) lets two sightings of one token be compared. JSON
    that stands as text inside a string is searched as well.
    """
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            key: _mark(item)
            if key.lower() in SECRET_KEYS and isinstance(item, str) and item
            else redact(item)
            for key, item in fields.items()
        }
    if isinstance(value, list):
        return [redact(item) for item in cast("list[object]", value)]
    if isinstance(value, str):
        return redact_text(value)
    return value


def redact_text(text: str) -> str:
    """`text` with the secrets of any JSON in it replaced."""
    if '"' not in text:
        return text
    return _SECRET_IN_TEXT.sub(lambda found: found["key"] + _mark(found["value"]), text)


def _mark(secret: str) -> str:
    if secret.startswith(("[redacted:", "HIDDEN_DUE_TO_")):  # CloudTrail hides some itself
        return secret
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"[redacted: {len(secret)} characters, sha256 {digest}]"
