"""Finding out who runs this program."""

import getpass
import os
import socket

from trailtui.model.responder import Responder


def current_responder() -> Responder:
    """The user, the host, and where the SSH session came from (sshd sets SSH_CONNECTION)."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no such entry in the password database
        user = f"uid {os.getuid()}"
    connection = os.environ.get("SSH_CONNECTION", "").split()
    return Responder(user, socket.gethostname(), connection[0] if connection else None)
