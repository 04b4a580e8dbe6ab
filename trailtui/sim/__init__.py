"""The simulated AWS account: loopback only, for unmodified boto3, recorded as CloudTrail does.

It stands apart: only the demo command and the tests import it. See docs/simulator.md.
"""

import os

# moto reads these while it is imported, by whichever file of this room: AWS's managed policies
# are wanted, its own enforcement, an account forced on every request and 1,300 stray snapshots
# are not.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
os.environ.pop("MOTO_ACCOUNT_ID", None)
os.environ.pop("INITIAL_NO_AUTH_ACTION_COUNT", None)
