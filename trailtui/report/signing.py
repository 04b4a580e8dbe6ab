"""Signing a bundle with an SSH key, and checking it: `ssh-keygen -Y`, see ssh-keygen(1).

What is signed is SHA256SUMS, which covers every other file of the bundle.
"""

import base64
import binascii
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trailtui.model.errors import InputError
from trailtui.report.layout import SIGNATURE_NAMESPACE

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_PUBLIC_KEY = re.compile(r"(?P<key>(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/=]+)(?: .*)?")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What is known of a bundle's signature."""

    state: str
    """none | good | untold (it fits its key; whose key that is was not told) | bad | unchecked"""
    says: str


def public_key(key: Path) -> str:
    """The public half of a key, `TYPE BASE64`; asks for the passphrase only where it must."""
    beside = key.with_name(f"{key.name}.pub")
    for file in (beside, key):
        try:
            found = _PUBLIC_KEY.fullmatch(file.read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            return found["key"]
    done = _ssh_keygen(["-y", "-f", str(key)], b"")
    found = _PUBLIC_KEY.fullmatch(done.stdout.decode("utf-8", "replace").strip())
    if done.returncode or not found:
        raise _no_signature(key, done)
    return found["key"]


def sign(key: Path, message: bytes) -> bytes:
    """The signature of `message`, armoured. Raises InputError where the key can't sign."""
    done = _ssh_keygen(["-Y", "sign", "-n", SIGNATURE_NAMESPACE, "-f", str(key)], message)
    if done.returncode or not done.stdout.startswith(_BEGIN.encode()):
        raise _no_signature(key, done)
    return done.stdout


def check(message: bytes, signature: bytes, allowed_signers: Path | None) -> SignatureCheck:
    """Whether the signature is one of `message`, and by whom, as `allowed_signers` has it.

    Raises InputError where signers are given and there is no ssh-keygen to check with.
    """
    if not _is_canonical(signature):
        return SignatureCheck("bad", "is not as ssh-keygen writes a signature")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "signature"
        file.write_bytes(signature)
        try:
            if allowed_signers is None:
                return _check_alone(message, file)
            return _check_signer(message, file, allowed_signers)
        except InputError as error:
            if allowed_signers is not None:
                raise
            return SignatureCheck("unchecked", error.what)


def _check_alone(message: bytes, signature: Path) -> SignatureCheck:
    done = _ssh_keygen(
        ["-Y", "check-novalidate", "-n", SIGNATURE_NAMESPACE, "-s", str(signature)], message
    )
    if done.returncode:
        return SignatureCheck("bad", "does not fit SHA256SUMS")
    return SignatureCheck("untold", f"fits the key {_fingerprint(done.stdout)}, whoever has that")


def _check_signer(message: bytes, signature: Path, allowed: Path) -> SignatureCheck:
    if not allowed.is_file():
        raise InputError("there is no such file of allowed signers", where=str(allowed))
    options = ["-f", str(allowed), "-s", str(signature)]
    found = _ssh_keygen(["-Y", "find-principals", *options], b"")
    names = found.stdout.decode("utf-8", "replace").split("\n")[0].strip()
    name = names.split(",")[0]
    if found.returncode or not name:
        return SignatureCheck("bad", f"is by none of the signers in {allowed}")
    done = _ssh_keygen(["-Y", "verify", "-n", SIGNATURE_NAMESPACE, "-I", name, *options], message)
    if done.returncode:
        return SignatureCheck("bad", f"does not fit SHA256SUMS, or is not by {name}")
    return SignatureCheck("good", f"by {name}, key {_fingerprint(done.stdout)}")


def _fingerprint(output: bytes) -> str:
    found = _FINGERPRINT.search(output.decode("utf-8", "replace"))
    return found[0] if found else "(no fingerprint was given)"


def _is_canonical(signature: bytes) -> bool:
    """Whether the armour is the one way to write these bytes, so that none can be altered."""
    try:
        lines = signature.decode("ascii").split("\n")
    except UnicodeDecodeError:
        return False
    if len(lines) < 4 or lines[0] != _BEGIN or lines[-2:] != [_END, ""]:
        return False
    try:
        data = base64.b64decode("".join(lines[1:-2]), validate=True)
    except binascii.Error:
        return False
    text = base64.b64encode(data).decode()
    return lines[1:-2] == [text[at : at + 70] for at in range(0, len(text), 70)]


def _ssh_keygen(arguments: list[str], message: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments], input=message, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise InputError(
            "signatures can't be made or checked: there is no ssh-keygen on this machine",
            cure="Install OpenSSH (8.2 or newer).",
        ) from None


def _no_signature(key: Path, done: subprocess.CompletedProcess[bytes]) -> InputError:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = lines[-1] if lines else "ssh-keygen gave no reason"
    return InputError(
        f"this key can't sign: {reason}",
        where=str(key),
        cure="Give an SSH private key, or the public half of one that ssh-agent holds.",
    )
