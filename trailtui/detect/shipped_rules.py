"""The rules that come with the program: metric filters, and Sigma rules where they can be run."""

from importlib.util import find_spec
from pathlib import Path

from trailtui.detect.patterns.reading import read_filters
from trailtui.detect.rules import RuleSet

FOLDER = Path(__file__).parent / "shipped"
ORIGIN = "trailtui"
NO_SIGMA = (
    "Sigma rules were not run: the extra `sigma` is not installed (pip install 'trailtui[sigma]')"
)


def sigma_is_there() -> bool:
    """Whether pySigma is installed."""
    return find_spec("sigma") is not None


def shipped_filters() -> RuleSet:
    """The metric filters of the program."""
    return read_filters(FOLDER / "filters.yaml", origin=ORIGIN)


def shipped_sigma() -> RuleSet:
    """The Sigma rules of the program; without pySigma none, and the set says so."""
    if not sigma_is_there():
        return RuleSet(passed_over=[NO_SIGMA])
    from trailtui.detect.sigma.reading import read_rules

    return read_rules(sorted(FOLDER.glob("sigma-*.yaml")), origin=ORIGIN)
