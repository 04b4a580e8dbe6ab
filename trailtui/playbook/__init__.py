"""Loading, checking and running playbooks."""
