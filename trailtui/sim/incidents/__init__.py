"""Scripted incidents: real boto3 calls against the simulated account, under its clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.incidents.console_user import play as play_console_user
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.instance_credentials import play as play_instance_credentials
from trailtui.sim.incidents.log_tampering import play as play_log_tampering
from trailtui.sim.incidents.role_chain import play as play_role_chain
from trailtui.sim.incidents.stolen_key import play as play_stolen_key

INCIDENTS: dict[str, Callable[..., Incident]] = {
    "stolen-key": play_stolen_key,
    "console-user": play_console_user,
    "role-chain": play_role_chain,
    "instance-credentials": play_instance_credentials,
    "log-tampering": play_log_tampering,
}
"""Incidents by the name the command line uses; `scenarios.SCENARIOS` tells what happens in each."""


def play(
    name: str, account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48
) -> Incident:
    """Play an incident in an account that was just started.

    Args:
        name: one of INCIDENTS.
        account: where.
        ends_at: the time the account's clock shows afterwards; its present one if not given.
        hours: of ordinary life before.
    Raises:
        KeyError: there is no such incident.
    """
    played = INCIDENTS[name](account, ends_at, hours)
    account.control.attacker = played.attacker
    return played
