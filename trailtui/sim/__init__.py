"""The simulated AWS account: loopback only, for unmodified boto3, recorded as CloudTrail does.

It stands apart: only the demo command and the tests import it. See docs/simulator.md.
"""
