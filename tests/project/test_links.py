"""Every link from one page of ours to another leads somewhere, headings included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def headings(page: Path) -> set[str]:
    """A page's anchors, as GitHub makes them."""
    titles = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


def broken_links(page: Path) -> Iterator[str]:
    """Links that lead to no file or to no heading."""
    for link in LINK.finditer(FENCE.sub("", page.read_text("utf-8"))):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        if not target.exists() or (link["heading"] and link["heading"] not in headings(target)):
            yield link[0].removeprefix("]")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    """A page that moves takes its links along."""
    assert not [*broken_links(page)]


def test_every_page_can_be_found():
    """Every page of the docs is linked from the index."""
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link["path"]).resolve() for link in LINK.finditer(index.read_text("utf-8"))}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - linked == {index}


def test_a_broken_link_is_found(tmp_path):
    """The check finds what it is there for."""
    page = tmp_path / "page.md"
    page.write_text("# One title\n[a](#one-title) [b](#two) [c](gone.md) [d](https://example.com/x)\n")
    assert [*broken_links(page)] == ["(#two)", "(gone.md)"]
