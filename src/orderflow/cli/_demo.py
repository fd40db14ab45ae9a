"""``orderflow demo``."""

from __future__ import annotations

from pathlib import Path

from .. import demo
from ._output import Output

__all__ = ("play",)


def play(output: Output, *, db: Path | None, html: Path | None) -> int:
    """Play the day; 1 where a story did not end as it must."""
    if html is not None:
        html.open("a").close()  # a path that cannot be written is a mistake to hear of before the day is played
    with output.progress("playing") as progress:
        report = demo.run(db, progress)
    if html is not None:
        html.write_text(demo.page(report), "utf-8")
    output.document(report.as_json())
    rows = [
        ("ok" if story.ok else "FAILED", story.title, "; ".join(check.text for check in story.checks) or story.error)
        for story in report.stories
    ]
    output.table("A shop's day", ("", "story", "what it checked"), rows)
    held = sum(story.ok for story in report.stories)
    output.line(f"{held} of {len(report.stories)} stories hold")
    for name, path in (("The page is", html), ("The orders are", db)):
        if path is not None:
            output.line(f"{name} in {path}")
    return 0 if report.ok else 1
