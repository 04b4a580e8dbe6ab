"""Whatever is done to a bundle, verify says so, names the file, and never falls over."""

import hashlib
import json
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.report.scenes import altered, full_case, members, rezip
from trailtui.model.errors import InputError
from trailtui.report import layout
from trailtui.report.bundle import BundleInfo, export_bundle
from trailtui.report.verify import verify_bundle

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine"
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> BundleInfo:
    folder = tmp_path_factory.mktemp("exported")
    with full_case(folder) as case:
        return export_bundle(case, folder / "bundle.zip")


def named(path: Path, **options: object) -> set[str]:
    """The files that verify names; fails where it finds the bundle sound."""
    found = verify_bundle(path, **options)  # type: ignore[arg-type]
    assert found.ok == (not found.findings)
    return {finding.file for finding in found.findings}


def test_a_bundle_is_sound_and_so_are_its_files_zipped_again(
    exported: BundleInfo, tmp_path: Path
) -> None:
    found = verify_bundle(exported.path, root=exported.root_hash)
    assert found.findings == ()
    assert found.ok
    assert found.root_hash == exported.root_hash
    assert (found.log.entries, found.log.head) == (exported.log_entries, exported.log_head)
    assert found.events == 8
    again = altered(exported.path, tmp_path / "again.zip", lambda files: files)
    assert verify_bundle(again, root=exported.root_hash).ok


def test_a_byte_altered_in_any_file_is_found_and_the_file_named(
    exported: BundleInfo, tmp_path: Path
) -> None:
    chance = random.Random(1)
    files = members(exported.path)
    for name, data in files.items():
        places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(6))}
        for at in places if data else ():
            changed = bytearray(data)
            changed[at] ^= 1 << chance.randrange(8)
            path = rezip(
                exported.path, {**files, name: bytes(changed)}.items(), tmp_path / "altered.zip"
            )
            assert name in named(path), (name, at)


def test_a_file_that_was_removed_or_added_or_renamed_is_named(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    target = tmp_path / "altered.zip"
    for name in files:
        without = {other: data for other, data in files.items() if other != name}
        assert name in named(rezip(exported.path, without.items(), target)), name
        renamed = [(f"{n}x" if n == name else n, data) for n, data in files.items()]
        assert {name, f"{name}x"} <= named(rezip(exported.path, renamed, target)), name
        emptied = {**files, name: b""}
        if files[name]:
            assert name in named(rezip(exported.path, emptied.items(), target)), name
    for odd in ("extra.txt", "../escape", "/etc/passwd", "evidence/", "SHA256SUMS.sig", "a\\b"):
        path = rezip(exported.path, [*files.items(), (odd, b"x")], target)
        assert odd in named(path), odd


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_named(exported: BundleInfo, tmp_path: Path) -> None:
    files = list(members(exported.path).items())
    for again in ((files[0][0], b"other"), files[0]):
        path = rezip(exported.path, [*files, again], tmp_path / "altered.zip")
        assert files[0][0] in named(path)
        path = rezip(exported.path, [again, *files], tmp_path / "altered.zip")
        assert files[0][0] in named(path)


def test_two_evidence_files_that_change_places_are_both_named(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    one, other = [name for name in files if name.endswith(".json.gz")][:2]
    swapped = {**files, one: files[other], other: files[one]}
    assert {one, other} <= named(rezip(exported.path, swapped.items(), tmp_path / "altered.zip"))


def test_no_byte_of_the_zip_itself_can_be_altered(exported: BundleInfo, tmp_path: Path) -> None:
    data = exported.path.read_bytes()
    with zipfile.ZipFile(exported.path) as opened:
        directory = opened.start_dir
    chance = random.Random(2)
    places = {
        *range(120),  # the first headers
        *range(directory, directory + 200),
        *range(len(data) - 100, len(data)),
        *(chance.randrange(len(data)) for _ in range(400)),
    }
    path = tmp_path / "flipped.zip"
    for at in places:
        changed = bytearray(data)
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        if at >= 4:  # before that it still is a bundle, of which the first header is broken
            assert named(path), at
        else:
            assert not verify_bundle(path).ok


def test_garbage_is_never_more_than_a_finding(exported: BundleInfo, tmp_path: Path) -> None:
    data = exported.path.read_bytes()
    with zipfile.ZipFile(exported.path) as opened:
        directory = opened.start_dir
    chance = random.Random(4)
    path = tmp_path / "garbage.zip"
    for number in range(300):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            # half of them in the directory, where every byte steers the reading
            begin = directory if number % 2 else 4
            at = chance.randrange(begin, len(data))
            size = chance.randrange(1, 9)
            changed[at : at + size] = chance.choice(
                [b"\xff" * size, bytes(size), chance.randbytes(size), b"", data[:size]]
            )
        if bytes(changed) != data:
            path.write_bytes(changed)
            assert not verify_bundle(path).ok, number


@pytest.mark.parametrize("at", ["front", "behind", "comment", "between", "cut"])
def test_bytes_that_belong_to_no_file_are_found(
    exported: BundleInfo, tmp_path: Path, at: str
) -> None:
    data = exported.path.read_bytes()
    with zipfile.ZipFile(exported.path) as opened:
        directory = opened.start_dir
    changed = {
        "front": b"#!/bin/sh\n" + data,
        "behind": data + b"more",
        "comment": data[:-2] + b"\x04\x00more",
        "between": data[:directory] + b"more" + data[directory:],
        "cut": data[:-30],
    }[at]
    path = tmp_path / "changed.zip"
    path.write_bytes(changed)
    if at == "front":
        with pytest.raises(InputError) as refused:
            verify_bundle(path)
        assert refused.value.exit_code == 3
        return
    assert named(path) == {"changed.zip"}


def test_extra_fields_and_comments_of_members_are_found(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    for attribute, value in (("extra", b"\x99\x99\x04\x00more"), ("comment", b"more")):
        path = tmp_path / "extra.zip"
        with zipfile.ZipFile(path, "w") as made:
            for name, data in files.items():
                info = zipfile.ZipInfo(name)
                info.external_attr = 0o600 << 16
                if name == layout.NOTES:
                    setattr(info, attribute, value)
                made.writestr(info, data)
        assert named(path) == {layout.NOTES}


def consistent(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with manifest and sums made to fit them, as a forger would."""
    manifest = json.loads(files[layout.MANIFEST])
    listed = {n: d for n, d in files.items() if n not in (layout.MANIFEST, layout.SUMS)}
    manifest["files"] = [
        {"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in listed.items()
    ]
    listed[layout.MANIFEST] = json.dumps(manifest).encode()
    sums = "".join(
        layout.sums_line(hashlib.sha256(data).hexdigest(), name)
        for name, data in sorted(listed.items())
    )
    return {**listed, layout.SUMS: sums.encode()}


def test_a_forger_who_fits_all_hashes_meets_the_root_hash(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    files[layout.NOTES] = files[layout.NOTES].replace(b"Seen by hand.", b"Seen by none.")
    path = rezip(exported.path, consistent(files).items(), tmp_path / "forged.zip")
    assert verify_bundle(path).ok  # which is why the root hash has to be compared
    assert named(path, root=exported.root_hash) == {layout.SUMS}


@pytest.mark.parametrize("change", ["alter", "remove", "cut", "insert", "reorder", "garbage"])
def test_an_altered_log_is_found_even_where_all_hashes_fit(
    exported: BundleInfo, tmp_path: Path, change: str
) -> None:
    files = members(exported.path)
    lines = files[layout.ACTION_LOG].splitlines(keepends=True)
    if change == "alter":
        lines[1] = lines[1].replace(b'"who"', b'"whom"', 1)
    elif change == "remove":
        del lines[1]
    elif change == "cut":
        del lines[-1]
    elif change == "insert":
        lines.insert(2, lines[1])
    elif change == "reorder":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = b"[" * 100_000 + b"\n"
    files[layout.ACTION_LOG] = b"".join(lines)
    path = rezip(exported.path, consistent(files).items(), tmp_path / "forged.zip")
    assert named(path) == {layout.ACTION_LOG}


def test_an_event_that_says_otherwise_than_its_record_is_found(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    events = files[layout.EVENTS]
    changes = [
        events.replace(b'"eventName":"ListUsers"', b'"eventName":"ListRoles"', 1),
        events.replace(b'"eventName": "ListUsers"', b'"eventName": "ListRoles"', 1),
        events.replace(b"sha256 ", b"sha256 0", 1),
        events.replace(b'"offset":', b'"offset":1', 1),
        events.replace(b'"length":', b'"length":99999', 1),
        events.replace(b'"file":"evidence/', b'"file":"elsewhere/', 1),
        b"\n".join(events.split(b"\n")[1:]),
        events + b"{}\n",
        events + b"\xff\n",
        events[:-1],
    ]
    for changed in changes:
        assert changed != events or b'"eventName": "ListUsers"' not in events
        if changed == events:
            continue
        path = rezip(
            exported.path,
            consistent({**files, layout.EVENTS: changed}).items(),
            tmp_path / "forged.zip",
        )
        assert layout.EVENTS in named(path)


def test_events_that_jump_between_files_are_not_followed_forever(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    lines = files[layout.EVENTS].splitlines(keepends=True)
    lines.append(lines.pop(0))
    forged = consistent({**files, layout.EVENTS: b"".join(lines)})
    path = rezip(exported.path, forged.items(), tmp_path / "forged.zip")
    (finding, *_) = verify_bundle(path).findings
    assert finding.file == layout.EVENTS
    assert "order" in finding.what


def test_a_pinned_event_that_says_otherwise_is_found(exported: BundleInfo, tmp_path: Path) -> None:
    files = members(exported.path)
    changed = files[layout.PINNED].replace(b"AccessDenied", b"AccessGranted")
    assert changed != files[layout.PINNED]
    forged = consistent({**files, layout.PINNED: changed})
    path = rezip(exported.path, forged.items(), tmp_path / "forged.zip")
    assert named(path) == {layout.PINNED}


@pytest.mark.parametrize("name", layout.ALWAYS)
def test_a_file_that_every_bundle_has_is_missed_whatever_the_lists_say(
    exported: BundleInfo, tmp_path: Path, name: str
) -> None:
    files = consistent(members(exported.path))
    del files[name]
    if name not in (layout.MANIFEST, layout.SUMS):
        files = consistent(files)
    assert name in named(rezip(exported.path, files.items(), tmp_path / "forged.zip"))


def test_a_sighting_at_a_wrong_place_is_found(exported: BundleInfo, tmp_path: Path) -> None:
    files = members(exported.path)
    assert files[layout.SIGHTINGS].count(b"\n") == 1
    changed = files[layout.SIGHTINGS].replace(b'"offset":', b'"offset":1')
    path = rezip(
        exported.path,
        consistent({**files, layout.SIGHTINGS: changed}).items(),
        tmp_path / "forged.zip",
    )
    assert named(path) == {layout.SIGHTINGS}


def test_evidence_without_a_line_and_lines_without_evidence_are_found(
    exported: BundleInfo, tmp_path: Path
) -> None:
    files = members(exported.path)
    lines = files[layout.EVIDENCE_LIST].splitlines(keepends=True)
    first = json.loads(lines[0])["file"]
    without = {**files, layout.EVIDENCE_LIST: b"".join(lines[1:])}
    path = rezip(exported.path, consistent(without).items(), tmp_path / "forged.zip")
    assert named(path) == {first, layout.EVIDENCE_LIST}
    without = {name: data for name, data in files.items() if name != first}
    path = rezip(exported.path, consistent(without).items(), tmp_path / "forged.zip")
    assert first in named(path)


def test_a_zip_bomb_is_bounded(exported: BundleInfo, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    shutil.copy(exported.path, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as made, made.open("bomb", "w") as member:
        for _ in range(64):
            member.write(bytes(1 << 20))
    assert named(path) == {"bomb"}
    # many members on the same bytes: each one small in the zip, all of them large
    data = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        start = opened.start_dir
        info = opened.getinfo("bomb")
    entry = data[start:-22]
    last = entry[entry.rindex(b"PK\x01\x02") :]
    overlapping = entry + last.replace(b"bomb", b"boom") * 50
    end = data[-22:-14] + (1).to_bytes(2, "little") * 2 + len(overlapping).to_bytes(4, "little")
    path.write_bytes(data[:start] + overlapping + end + start.to_bytes(4, "little") + b"\0\0")
    assert info.file_size == 64 << 20
    assert "boom" in named(path)


def test_what_is_no_zip_is_bad_input(tmp_path: Path) -> None:
    for data in (b"", b"hello", b"%PDF-1.7" * 100):
        path = tmp_path / "file"
        path.write_bytes(data)
        with pytest.raises(InputError):
            verify_bundle(path)
    with pytest.raises(InputError):
        verify_bundle(tmp_path / "missing")
    with pytest.raises(InputError):
        verify_bundle(tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("mine", "other"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name],
            check=True,
        )
    return tmp_path


@needs_ssh_keygen
def test_a_signed_bundle(tmp_path: Path, keys: Path) -> None:
    with full_case(tmp_path) as case:
        made = export_bundle(case, tmp_path / "signed.zip", sign_key=keys / "mine")
    assert made.signed
    public = (keys / "mine.pub").read_text()
    allowed = tmp_path / "allowed"
    allowed.write_text(f'me@example.com namespaces="trailtui" {public}')
    found = verify_bundle(made.path, root=made.root_hash, allowed_signers=allowed)
    assert found.ok
    assert found.signature.state == "good"
    assert "me@example.com" in found.signature.says
    assert verify_bundle(made.path).signature.state == "untold"

    stranger = tmp_path / "stranger"
    stranger.write_text(f"you@example.com {(keys / 'other.pub').read_text()}")
    assert named(made.path, allowed_signers=stranger) == {layout.SIGNATURE}

    files = members(made.path)
    assert " ".join(public.split()[:2]).encode() in files[layout.VERIFY]
    signature = files[layout.SIGNATURE]
    chance = random.Random(3)
    for at in chance.sample(range(len(signature)), 40):
        changed = bytearray(signature)
        changed[at] ^= 1 << chance.randrange(8)
        path = rezip(
            made.path, {**files, layout.SIGNATURE: bytes(changed)}.items(), tmp_path / "x.zip"
        )
        assert layout.SIGNATURE in named(path), at
    del files[layout.SIGNATURE]
    assert layout.SIGNATURE in named(rezip(made.path, files.items(), tmp_path / "x.zip"))


@needs_ssh_keygen
def test_an_unsigned_bundle_where_a_signature_is_asked_for(
    exported: BundleInfo, keys: Path
) -> None:
    assert named(exported.path, allowed_signers=keys / "mine.pub") == {layout.SIGNATURE}
