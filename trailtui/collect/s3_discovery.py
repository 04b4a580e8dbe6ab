"""Which accounts and Regions a bucket holds files of, found by listing folders only.

Folders are listed from the place that was named downwards; what the user names is not asked for,
so that a policy that allows a part of the bucket is enough for that part.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from trailtui.aws.errors import AccessDenied
from trailtui.collect.s3_layout import (
    KINDS,
    Spot,
    Tree,
    find_spot,
    is_account,
    is_organisation,
    is_region,
)
from trailtui.collect.scope import Place
from trailtui.model.errors import InputError

_MOST_PREFIXES = 200
"""Folders that are looked into for a trail's prefix."""

Folders = Callable[[str], list[str]]
"""The names of the folders right under a prefix."""


@dataclass(frozen=True, slots=True)
class TreePlace:
    """An account's Region in one tree, and which kinds of files it has."""

    tree: Tree
    place: Place
    kinds: tuple[str, ...]


def find_trees(folders: Folders, bucket: str, key: str) -> list[Tree]:
    """The trees at or under a prefix: by its name, else by looking for `AWSLogs`.

    Raises InputError where there is none, and what `folders` raises.
    """
    spot = find_spot(key)
    if spot.root is not None:
        roots = [spot.root]
        if spot.account is not None:
            return [Tree(bucket, spot.root)]
    else:
        roots = _look_for_roots(folders, key if not key or key.endswith("/") else f"{key}/")
    trees: list[Tree] = []
    for root in roots:
        trees += _trees_of(folders, bucket, root)
    if not trees:
        raise InputError(
            "there are no CloudTrail files in AWS's layout here",
            where=f"s3://{bucket}/{key}",
            cure="Name the folder that holds AWSLogs/, or one object; copies in another layout: "
            "download them, then `trailtui collect CASE files`.",
        )
    return trees


def _look_for_roots(folders: Folders, prefix: str) -> list[str]:
    names = folders(prefix)
    if "AWSLogs" in names:
        return [f"{prefix}AWSLogs/"]
    return [
        f"{prefix}{name}/AWSLogs/"
        for name in names[:_MOST_PREFIXES]
        if "AWSLogs" in folders(f"{prefix}{name}/")
    ]


def _trees_of(folders: Folders, bucket: str, root: str) -> list[Tree]:
    """The tree of the accounts right under `AWSLogs/`, and those of its organisations."""
    if not root.endswith("AWSLogs/"):
        return [Tree(bucket, root)]
    names = folders(root)
    trees = [Tree(bucket, f"{root}{name}/") for name in names if is_organisation(name)]
    return [Tree(bucket, root), *trees] if any(map(is_account, names)) else trees


def find_places(
    folders: Folders,
    trees: Iterable[Tree],
    spot: Spot,
    *,
    accounts: Collection[str] = (),
    regions: Collection[str] = (),
    threads: int = 8,
) -> tuple[TreePlace, ...]:
    """The accounts and Regions that trees hold files of, of those that are wanted.

    Empty `accounts` or `regions`: all there are; `spot` names what the address itself names. Raises
    what `folders` raises, but for an account and Region that are both wanted by name.
    """
    wanted_accounts = {spot.account} if spot.account else set(accounts)
    wanted_regions = {spot.region} if spot.region else set(regions)
    kinds = (spot.kind,) if spot.kind and spot.kind != KINDS[0] else KINDS
    looking = _Looking(folders, kinds, wanted_regions)
    several = list(trees)
    pairs = [
        (tree, account) for tree in several for account in looking.accounts(tree, wanted_accounts)
    ]
    with ThreadPoolExecutor(threads) as pool:
        found = [place for places in pool.map(looking.places, pairs) for place in places]
    there = {one.place for one in found if one.kinds}
    return tuple(one for one in found if one.kinds or one.place not in there)


def lacking(
    found: Iterable[TreePlace], accounts: Iterable[str], regions: Iterable[str]
) -> Iterator[str]:
    """What of accounts and Regions that were named is not there, in words."""
    there = [one.place for one in found if one.kinds]
    for account in sorted(set(accounts) - {place.account for place in there}):
        yield f"there are no files of account {account}"
    for region in sorted(set(regions) - {place.region for place in there}):
        yield f"there are no files of Region {region}"


@dataclass(frozen=True, slots=True)
class _Looking:
    folders: Folders
    kinds: tuple[str, ...]
    regions: Collection[str]
    """Those that are wanted; empty: all."""

    def accounts(self, tree: Tree, wanted: Collection[str]) -> list[str]:
        if wanted:
            return sorted(wanted)
        return [name for name in self.folders(tree.root) if is_account(name)]

    def places(self, of: tuple[Tree, str]) -> list[TreePlace]:
        """The Regions of one account of a tree. Wanted ones come even where nothing is there."""
        tree, account = of
        kinds_of: dict[str, list[str]] = {region: [] for region in sorted(self.regions)}
        for kind in self.kinds:
            try:
                names = self.folders(f"{tree.root}{account}/{kind}/")
            except AccessDenied:
                if not self.regions:
                    raise
                names = list(self.regions)  # the days may be listable all the same
            for name in names:
                if is_region(name) and (not self.regions or name in self.regions):
                    kinds_of.setdefault(name, []).append(kind)
        return [
            TreePlace(tree, Place(account, region), tuple(kinds))
            for region, kinds in kinds_of.items()
        ]
