"""trailtui: incident response on AWS CloudTrail, from the alert to a verified bundle."""

__version__ = "0.1.0"
