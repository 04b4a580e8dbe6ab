"""Whatever stands in a case, the report shows it and is neither markup nor script."""

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.report.scenes import HOSTILE, TOKEN, full_case
from trailtui.case.file import Case
from trailtui.report.rendering import code_block, inline
from trailtui.report.report import build_report, render_html, render_markdown

MARKDOWN = MarkdownIt("gfm-like")

texts = st.text(
    st.one_of(
        st.sampled_from(list("`|<>[]()!*_#-+=~\\&;:/@.\n\r\t \x00\x1b\x9b\u202e\u200b")),
        st.characters(),
    ),
    max_size=40,
)
words = st.lists(
    st.sampled_from(
        ["http://a.b/", "www.a.example", "a@b.example", "<b>", "`", "``", "|", "\n", "1. ", "- ",
         "# ", "> ", "&lt;", "\\", "![x](y)", "[x]: y", "<!--", "~~x~~", "**x**", "\n---\n", " "]
    ),
    max_size=8,
).map("".join)  # fmt: skip


def kinds(tokens: list[Token]) -> set[str]:
    found: set[str] = set()
    for token in tokens:
        found.add(token.type)
        found |= kinds(token.children or [])
    return found


PLAIN = {"inline", "text", "code_inline", "softbreak"}


@settings(deadline=None)
@given(st.one_of(texts, words))
def test_a_text_on_a_line_or_in_a_cell_makes_no_markup(text: str) -> None:
    shown = inline(text)
    assert kinds(MARKDOWN.parse(f"- {shown}\n")) <= PLAIN | {
        "bullet_list_open", "list_item_open", "paragraph_open", "paragraph_close",
        "list_item_close", "bullet_list_close",
    }  # fmt: skip
    assert kinds(MARKDOWN.parse(f"### {shown}\n")) <= PLAIN | {"heading_open", "heading_close"}
    table = MARKDOWN.parse(f"| a | b |\n|---|---|\n| x | {shown} |\n")
    cells = [token for token in table if token.type == "td_open"]
    assert len(cells) == 2
    assert not kinds(table) & {"html_inline", "html_block", "link_open", "image", "em_open"}
    assert table[-1].type == "table_close"


@settings(deadline=None)
@given(st.one_of(texts, words))
def test_a_text_of_several_lines_stays_in_its_block(text: str) -> None:
    assert [token.type for token in MARKDOWN.parse(code_block(text))] == ["fence"]


def test_different_texts_look_different_where_characters_are_replaced() -> None:
    assert inline("a\x1bb") != inline("ab")
    assert inline("") == "\u2013"
    assert inline("plain words, and a dash - here") == "plain words, and a dash - here"
    assert inline("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05Z"


class Page(HTMLParser):
    """The tags of a page, and the text of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_page(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    with full_case(tmp_path_factory.mktemp("shown")) as case:
        report = build_report(case)
    return render_markdown(report), render_html(report)


def test_the_page_has_no_script_and_loads_nothing(shown: tuple[str, str]) -> None:
    page = read_page(shown[1])
    assert not page.tags & {"script", "img", "iframe", "object", "link", "form", "b>"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name != "style"
        if name in ("href", "src"):
            assert tag == "a"
            assert value.startswith("#")
    policy = next(value for _, name, value in page.attributes if value.startswith("default-src"))
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_hostile_texts_are_shown_and_harmless(shown: tuple[str, str]) -> None:
    markdown, page = shown
    assert "alert(1)" in markdown
    assert "<script>alert(1)</script>" in read_page(page).text
    for text in shown:
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\u241b[31m" in text
        assert "\\u202e" in text
    parsed = MARKDOWN.parse(markdown)
    assert not kinds(parsed) & {
        "html_inline", "html_block", "link_open", "image", "em_open", "s_open",
    }  # fmt: skip
    titles = [
        after.content
        for token, after in pairwise(parsed)
        if token.type == "heading_open" and token.tag == "h1"
    ]
    assert titles == ["Incident report: incident"]  # what was written as one stands in a fence


def test_no_token_is_in_the_report(shown: tuple[str, str]) -> None:
    for text in shown:
        assert TOKEN[:40] not in text


def test_the_report_says_what_there_is(shown: tuple[str, str]) -> None:
    markdown, page = shown
    for text in (markdown, read_page(page).text):
        assert "DeleteTrail" in text
        assert "AccessDenied" in text
        assert "A leaked key" in text
        assert "ab" * 32 in text
        assert "AKIAEXAMPLEALICE0000" in text
        assert "an address of the attacker" in text
        assert "Seen by hand." in text
        assert "broken.json.gz" in text
        assert "no time" in text
        assert "shows the first 1 rows, there are more" in text
        assert "CloudTrail Lake" in text
        assert "eu-central-1" in text
        assert "A step nobody came to" in text


def test_every_number_leads_to_the_evidence(tmp_path: Path) -> None:
    with full_case(tmp_path) as case:
        report = build_report(case)
        execute = case.connection.execute
        for group in report.groups:
            for tally in group.tallies:
                for end in (tally.first, tally.last):
                    assert end is not None
                    row = execute(
                        "SELECT sha256 FROM evidence WHERE id = ?", [end.evidence]
                    ).fetchone()
                    assert row[0] == end.sha256
        by_region = {
            tally.value: tally.events
            for group in report.groups
            if group.field == "awsRegion"
            for tally in group.tallies
        }
        assert by_region == {"us-east-1": 7, "eu-west-1": 1}
        counted = dict(execute("SELECT awsRegion, count(*) FROM events GROUP BY 1").fetchall())
        assert counted == by_region
        counts = report.counts
        assert (counts.events, counts.sightings, counts.records) == (8, 1, 9)
        assert (counts.errors, counts.writes) == (1, 1)
        pinned = report.pinned[0]
        assert pinned.agent == HOSTILE
        assert pinned.tags == ("impact",)
        assert pinned.notes == ("Seen by hand.",)


def test_an_empty_case_has_a_report(case: Case) -> None:
    report = build_report(case)
    markdown, page = render_markdown(report), render_html(report)
    for text in (markdown, page):
        assert "No event was pinned." in text
        assert "No playbook was run." in text
        assert "Nothing was acquired." in text
        assert "CloudTrail event history" in text


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=texts.filter(str.strip))
def test_any_note_comes_through(case: Case, text: str) -> None:
    from trailtui.case.marks import add_note

    try:
        add_note(case, text)
    except UnicodeEncodeError:  # a lone surrogate can't be stored, so it can't be shown
        return
    report = build_report(case)
    page = read_page(render_html(report))
    assert "script" not in page.tags
    assert kinds(MARKDOWN.parse(render_markdown(report))).isdisjoint(
        {"html_inline", "html_block", "link_open", "image"}
    )


def test_hours_without_records_are_counted_within_the_window(tmp_path: Path) -> None:
    with full_case(tmp_path) as case:
        start = 1772352000000  # 2026-03-01 08:00, where the records begin
        hour = 3_600_000
        case.set_setting("window", {"since_ms": start - 5 * hour, "until_ms": start + 3 * hour})
        report = build_report(case)
        line = next(line for line in report.hours if line.region == "us-east-1")
        assert (line.hours, line.empty_hours) == (1, 7)
        assert (line.longest_gap_ms, line.longest_gap_hours) == (start - 5 * hour, 5)
        assert any(gap.title == "Hours" for gap in report.gaps)
