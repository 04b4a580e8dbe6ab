"""What a checkout and a wheel need to start: the script `run`, the locks, the shipped files."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("build", "run", "test")
PINNED = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==(\S+)")


def pins(lock: str) -> dict[str, set[str]]:
    """Names and versions of a lock (several where they depend on the Python)."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
        if match := PINNED.match(line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def plain(requirement: str) -> str:
    """The name in a requirement, as locks write it."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    entries = re.split(r"(?m)^(?=[a-z0-9])", re.sub(r"(?m)^#.*\n", "", text))
    entries = [entry for entry in entries if entry.strip()]
    assert entries
    for entry in entries:
        assert PINNED.match(entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_registry_and_no_machine(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links|(?m:^-e )|/home/", text)


def test_locks_cover_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    asked = project["project"]["dependencies"] + extras["demo"] + extras["geo"] + extras["sigma"]
    assert {plain(name) for name in asked} <= pins("run").keys()
    tests = {plain(name) for name in project["dependency-groups"]["test"]}
    assert tests <= pins("test").keys()
    assert {plain(name) for name in project["build-system"]["requires"]} <= pins("build").keys()


def test_the_builder_is_the_same_one_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (wanted,) = project["build-system"]["requires"]
    assert pins("build")["hatchling"] == {wanted.partition("==")[2]}


def test_tests_run_on_what_users_run() -> None:
    tested = pins("test")
    assert {name: tested.get(name) for name in pins("run")} == pins("run")


def run_script(*arguments: str, path: Path | None = None, **more: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `./run`, with only the programs of `path` to be found."""
    environment = {**os.environ, **more}
    environment.pop("TRAILTUI_PYTHON", None)
    environment |= more
    if path is not None:
        environment["PATH"] = str(path)
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "run"), *arguments],
        capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with the few programs that a bare machine has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("basename", "cat", "cksum", "dirname", "sed", "tr"):
        found = next(
            Path(part) / name
            for part in os.environ["PATH"].split(os.pathsep)
            if (Path(part) / name).is_file()
        )
        (folder / name).symlink_to(found)
    return folder


def put_program(folder: Path, name: str, script: str) -> None:
    """A shell script by that name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what `run` looks at, so that no test touches the real environment."""
    copy = tmp_path / "checkout"
    (copy / "requirements").mkdir(parents=True)
    for name in ("run", "pyproject.toml", *(f"requirements/{lock}.txt" for lock in LOCKS)):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(sys.modules[__name__], "ROOT", copy)
    return copy


def test_help_lists_the_commands() -> None:
    code, out, _ = run_script("help")
    assert code == 0
    assert "./run demo" in out
    assert "./run test" in out


def test_an_unknown_command_is_refused() -> None:
    code, _, err = run_script("tset")
    assert code == 1
    assert "'tset'" in err
    assert "./run help" in err


def test_without_python_it_says_so(checkout: Path, programs: Path) -> None:
    code, _, err = run_script("demo", path=programs)
    assert code == 1
    assert "no Python 3.11 to 3.14" in err
    assert not (checkout / ".venv").exists()


def test_too_old_a_python_is_passed_over(checkout: Path, programs: Path) -> None:
    put_program(programs, "python3", "exit 1")
    code, _, err = run_script("demo", path=programs)
    assert code == 1
    assert "no Python 3.11 to 3.14" in err


def test_a_python_without_venv_is_named(checkout: Path, programs: Path) -> None:
    put_program(programs, "python3", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    code, _, err = run_script("demo", path=programs)
    assert code == 1
    assert "python3 has no venv module" in err
    assert "python3-venv" in err


def test_a_named_python_that_does_not_fit_is_refused(checkout: Path, programs: Path) -> None:
    code, _, err = run_script("demo", path=programs, TRAILTUI_PYTHON="/bin/false")
    assert code == 1
    assert "TRAILTUI_PYTHON=/bin/false" in err


def test_what_is_installed_is_not_installed_again(checkout: Path, programs: Path) -> None:
    """A fake Python writes down what it is asked; the second run only starts the program."""
    log = checkout / "log"
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    put_program(binaries, "python", f'echo "$*" >>"{log}"')
    put_program(binaries, "trailtui", f'echo "trailtui $*" >>"{log}"')
    assert run_script("trailtui", "cases", path=programs)[0] == 0
    first = log.read_text()
    assert "--require-hashes -r requirements/build.txt" in first
    assert "--require-hashes -r requirements/run.txt" in first
    assert "--no-deps" in first
    log.write_text("")
    assert run_script("trailtui", "cases", path=programs)[0] == 0
    assert log.read_text() == "trailtui cases\n"
    with (checkout / "requirements" / "run.txt").open("a") as lock:
        lock.write("# another version\n")
    log.write_text("")
    assert run_script("trailtui", "cases", path=programs)[0] == 0
    assert "requirements/run.txt" in log.read_text()


def test_what_failed_to_install_is_tried_again(checkout: Path, programs: Path) -> None:
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    put_program(binaries, "python", 'case "$*" in *"pip install"*) exit 1;; esac')
    for _ in range(2):
        code, _, err = run_script("demo", path=programs)
        assert code == 1
        assert "could not be installed" in err


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize("kind", ["playbooks", "queries"])
def test_the_wheel_brings_what_is_shipped(wheel: zipfile.ZipFile, kind: str) -> None:
    shipped = {path.name: path.read_bytes() for path in (ROOT / kind).glob("*.yaml")}
    inside = {
        Path(name).name: wheel.read(name)
        for name in wheel.namelist()
        if name.startswith(f"trailtui/shipped/{kind}/") and name.endswith(".yaml")
    }
    assert shipped
    assert inside == shipped


def test_the_wheel_brings_every_file_of_the_package_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "trailtui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert package <= names
    assert all(name.startswith("trailtui/") for name in names)


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "\n./run test\n" in script
    assert "./run test" in (ROOT / "README.md").read_text()
