"""CloudTrail: what moto lacks of it."""

from __future__ import annotations

from trailtui.sim.operations import lookup

OPERATIONS = {**lookup.OPERATIONS}
