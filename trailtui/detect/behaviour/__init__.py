"""What is unusual for whoever did it, computed from the case itself; no rule names it."""
