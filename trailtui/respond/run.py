"""What the console, the command line and a playbook call: plan, apply, verify, undo, resume."""

from trailtui.respond.applying import apply
from trailtui.respond.planning import make_plan, undo
from trailtui.respond.settling import Outcome, mark_interrupted, resume, verify

__all__ = ["Outcome", "apply", "make_plan", "mark_interrupted", "resume", "undo", "verify"]
