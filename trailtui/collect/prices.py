"""What AWS charges for looking, in one table.

List prices of us-east-1 in US dollars, without discounts or free tiers, written down by hand and
not checked against AWS's pages by this program. Other Regions differ by some tenths. They serve
for estimates only: the bill is AWS's.
"""

from dataclasses import dataclass

PRICES_OF = "2026-03"
"""When the prices were noted."""

GIB = 1 << 30
TIB = 1 << 40


@dataclass(frozen=True, slots=True)
class Price:
    """One thing that costs money."""

    name: str
    dollars: float
    per: str
    """In words."""
    unit: float
    """How many of what is counted that is: requests or bytes."""
    least: float = 0.0
    """The least that is counted each time."""

    def of(self, amount: float) -> float:
        """Dollars for so many requests or bytes."""
        return max(amount, self.least) * self.dollars / self.unit


LOOKUP = Price("CloudTrail LookupEvents", 0.0, "request", 1)
FINDINGS = Price("GuardDuty, Security Hub and alarms: asking for findings", 0.0, "request", 1)
S3_LIST = Price("S3 ListObjectsV2", 0.005, "1,000 requests", 1000)
S3_GET = Price("S3 GetObject", 0.0004, "1,000 requests", 1000)
S3_OUT = Price("S3 transfer to outside AWS", 0.09, "GB", GIB)
ATHENA = Price("Athena scan", 5.0, "TB, at least 10 MB a query", TIB, 10 << 20)
LOGS_INSIGHTS = Price("CloudWatch Logs Insights scan", 0.005, "GB", GIB)
LAKE = Price("CloudTrail Lake scan", 0.005, "GB", GIB)

ALL = (LOOKUP, FINDINGS, S3_LIST, S3_GET, S3_OUT, ATHENA, LOGS_INSIGHTS, LAKE)
