"""The demo is a promise too: every story holds, and the page needs nothing from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderflow import demo
from orderflow.demo import Check, Report, Story
from orderflow.demo._page import _COLOURS


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One day, played on a file."""
    return demo.run(tmp_path_factory.mktemp("demo") / "shop.db")


def test_every_story_of_the_day_holds(report: Report) -> None:
    """Money settled or owed exactly, stock conserved, and what each story says of its own end."""
    assert [
        (story.name, story.error, [c.text for c in story.checks if not c.ok])
        for story in report.stories
        if not story.ok
    ] == []
    assert len(report.stories) == 14


def test_the_day_can_be_played_again_on_the_same_file(tmp_path: Path) -> None:
    """A stranger who runs the demo twice sees it green twice."""
    for _ in range(2):
        assert demo.run(tmp_path / "shop.db").ok


def test_a_story_without_checks_or_with_a_failing_one_does_not_hold() -> None:
    """The table cannot be green by saying nothing."""
    silent = Story(name="x", title="x", checks=(), orders=())
    failing = Story(name="x", title="x", checks=(Check(text="no", ok=False),), orders=())
    assert not silent.ok
    assert not failing.ok
    assert not Report((failing,)).ok


def test_the_page_shows_every_order_and_loads_nothing_from_outside(report: Report) -> None:
    """One document: time lines as pictures, money and stock at each step, no script, no link."""
    page = demo.page(report)
    references = [reference for story in report.stories for reference, _ in story.orders]
    assert all(reference in page for reference in references)
    assert page.count("<svg") == len(references)
    assert "<script" not in page
    assert "http" not in page


def test_every_kind_of_event_has_a_colour_of_its_own() -> None:
    """A legend with one colour for two things explains neither."""
    assert len(set(_COLOURS.values())) == len(_COLOURS)


def test_progress_is_told_story_by_story(tmp_path: Path) -> None:
    """Long work says how far it is."""
    told: list[tuple[int, int, str]] = []
    demo.run(tmp_path / "shop.db", lambda done, total, name: told.append((done, total, name)))
    assert [done for done, _, _ in told] == list(range(15))
    assert {total for _, total, _ in told} == {14}
