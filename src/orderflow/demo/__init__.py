"""A shop's day on a real SQLite file: stories that each check their own end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from ._day import Check, Day, Step, Story
from ._page import page
from ._stories import STORIES, Play

__all__ = ("Check", "Report", "Step", "Story", "page", "run")

Progress = Callable[[int, int, str], None]


@attrs.frozen
class Report:
    """All stories of the day, in the order in which they were played."""

    stories: tuple[Story, ...]

    @property
    def ok(self) -> bool:
        """Every story ended as it must."""
        return all(story.ok for story in self.stories)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "ok": self.ok,
            "stories": [
                {
                    "name": story.name,
                    "title": story.title,
                    "ok": story.ok,
                    "checks": [{"text": check.text, "ok": check.ok} for check in story.checks],
                    "orders": [reference for reference, _ in story.orders],
                    **({"error": story.error} if story.error else {}),
                }
                for story in self.stories
            ],
        }


def run(database: Path | None = None, progress: Progress | None = None) -> Report:
    """
    Play every story on the SQLite file *database* (default: one that is thrown away afterwards).

    ``progress`` is told how many stories are done, how many there are, and which comes next.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = database or Path(folder) / "demo.db"
        stories: list[Story] = []
        for number, (name, play) in enumerate(STORIES.items()):
            if progress is not None:
                progress(number, len(STORIES), name)
            stories.append(_played(name, play, path, Path(folder) / f"{name}.book"))
        if progress is not None:
            progress(len(STORIES), len(STORIES), "")
    return Report(tuple(stories))


def _played(name: str, play: Play, database: Path, book: Path) -> Story:
    day = Day(database, book)
    title = (play.__doc__ or name).strip().removesuffix(".")
    try:
        checks = play(day)
        return Story(name=name, title=title, checks=tuple(checks), orders=day.steps())
    except Exception as error:  # noqa: BLE001 - a story that breaks is shown as broken beside the others
        return Story(name=name, title=title, checks=(), orders=(), error=f"{type(error).__name__}: {error}")
    finally:
        day.close()
