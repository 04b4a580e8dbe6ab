"""Containment actions: plan, apply, verify, undo."""
