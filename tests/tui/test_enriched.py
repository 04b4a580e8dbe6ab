"""What a call means and whose an address is, beside events and entities in the console."""

from pathlib import Path

from tests.detect.enrich.maxmind import city, database
from tests.records import record
from tests.tui.conftest import HOSTILE, Open, make_case
from trailtui.case.file import Case
from trailtui.detect.enrich.sources import given_source, keep_sources


def enriched(home: Path, name: str = "Recife", comment: str = "exits") -> Path:
    """A case of one risky call from an address that a database and a list know."""
    made = [
        record(1, eventName="CreateAccessKey", sourceIPAddress="203.0.113.9", readOnly=False),
        record(2),
    ]
    path = make_case(home / "rich.case", made)
    files = {
        "geoip": database({"203.0.113.0/24": city("BR", name, -8.0, -34.9)}),
        "list": f"203.0.113.9 # {comment}\n".encode(),
    }
    given = []
    for kind, content in files.items():
        (home / kind).write_bytes(content)
        given.append(given_source(kind, str(home / kind))[0])
    with Case.open(path) as case:
        keep_sources(case, given)
    return path


async def test_an_event_says_what_it_means_and_whose_its_address_is(
    console: Open, home: Path
) -> None:
    async with console(enriched(home), size=(160, 40)) as c:
        await c.press("enter")
        assert "Makes a long-lived key for a user" in c.text
        assert "T1098.001 · risky" in c.text
        assert "BR Recife" in c.text
        assert "list: 203.0.113.9 (exits)" in c.text


async def test_addresses_are_told_in_the_list_and_in_full(console: Open, home: Path) -> None:
    async with console(enriched(home), size=(160, 40)) as c:
        await c.press("3")
        assert "BR Recife" not in c.text
        await c.press("tab", "tab")
        assert "[ip]" in c.text
        assert "203.0.113.9  BR Recife" in c.text
        assert "198.51.100.7" in c.text
        known = {row.entity.value: row for row in c.screen.rows.rows}
        assert known.keys() == {"203.0.113.9", "198.51.100.7"}
        await c.press("j", "enter")
        assert "address is" in c.text
        assert "on a list" in c.text


async def test_a_file_that_was_changed_is_told(console: Open, home: Path) -> None:
    path = enriched(home)
    (home / "list").write_text("203.0.113.10\n")
    async with console(path, size=(160, 40)) as c:
        await c.press("enter")
        assert "not asked" in c.text
        assert "this is another file than the one" in c.text


async def test_hostile_words_of_files_stay_harmless(console: Open, home: Path) -> None:
    path = enriched(home, "".join(HOSTILE[1:4]), HOSTILE[0])
    async with console(path, size=(160, 40)) as c:
        await c.press("enter")
        assert "\x1b" not in c.text
        assert "\u202e" not in c.text
        assert "[/x]" in c.text
        await c.press("escape", "3", "tab", "tab", "enter")
        assert "\x1b" not in c.text
        assert "\u202e" not in c.text
