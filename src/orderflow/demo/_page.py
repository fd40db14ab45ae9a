"""The report as one self-contained page: every order's time line as a picture, money and stock at each step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ._day import Step, Story

if TYPE_CHECKING:
    from . import Report

__all__ = ("page",)

_COLOURS = {
    "order": "#4263eb",
    "stock": "#2b8a3e",
    "payment": "#e67700",
    "pick": "#d6336c",
    "parcel": "#0b7285",
    "return": "#9c36b5",
    "person": "#868e96",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0; }
section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.2rem; margin: 1.2rem 0; }
.ok::before { content: "✓ "; color: #2b8a3e; font-weight: 700; }
.bad::before { content: "✗ "; color: #e03131; font-weight: 700; }
ul { list-style: none; padding: 0; } .wide { overflow-x: auto; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
table { border-collapse: collapse; font-size: .82rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid var(--soft); white-space: nowrap; }
td.number, th.number { text-align: right; } summary { cursor: pointer; }
.key span { margin-right: 1.2rem; }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .35em; }
"""


def page(report: Report) -> str:
    """One HTML document without anything from outside."""
    done = sum(story.ok for story in report.stories)
    key = "".join(
        f'<span><i class="dot" style="background:{colour}"></i>{name}</span>' for name, colour in _COLOURS.items()
    )
    stories = "\n".join(_story(story) for story in report.stories)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop\'s day</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>A shop's day: {done} of {len(report.stories)} stories hold</h1>"
        f'<p class="key">{key}</p>\n{stories}\n</body></html>\n'
    )


def _story(story: Story) -> str:
    checks = "".join(f'<li class="{"ok" if check.ok else "bad"}">{escape(check.text)}</li>' for check in story.checks)
    error = f'<p class="bad">{escape(story.error)}</p>' if story.error else ""
    orders = "".join(_order(reference, steps) for reference, steps in story.orders)
    mark = "ok" if story.ok else "bad"
    return f'<section><h2 class="{mark}">{escape(story.title)}</h2><ul>{checks}</ul>{error}{orders}</section>'


def _order(reference: str, steps: Sequence[Step]) -> str:
    rows = "".join(
        f"<tr><td>{step.at:%d %b %H:%M}</td><td>{escape(step.name)}</td><td>{escape(step.actor)}</td>"
        f'<td>{escape(step.status)}</td><td class="number">{step.owed}</td><td class="number">{step.paid}</td>'
        f'<td class="number">{step.refunded}</td><td>{escape(step.stock)}</td></tr>'
        for step in steps
    )
    events = f"{len(steps)} event{'' if len(steps) == 1 else 's'}"
    head = "".join(
        f'<th class="number">{name}</th>' if name in ("owed", "paid", "back") else f"<th>{name}</th>"
        for name in ("when", "event", "by", "status", "owed", "paid", "back", "stock")
    )
    return (
        f'<div class="wide">{_picture(reference, steps)}</div><details><summary>{escape(reference)}: {events}, '
        f'money and stock at each step</summary><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _picture(reference: str, steps: Sequence[Step]) -> str:
    # Equal steps rather than equal hours: a day of seconds and weeks would be a dot and a void.
    moments = sorted({step.at for step in steps})
    gap, left = 132, 66
    width = left * 2 + gap * max(len(moments) - 1, 1)
    columns = [(left + gap * index, [step for step in steps if step.at == at]) for index, at in enumerate(moments)]
    tallest = max(len(column) for _, column in columns)
    base = 20 + tallest * 15
    dots = "".join(_column(x, column, base) for x, column in columns)
    labels = "".join(_label(x, column[-1], base) for x, column in columns)
    return (
        f'<svg viewBox="0 0 {width} {base + 66}" width="{width}" height="{base + 66}" role="img" '
        f'aria-label="Time line of order {escape(reference)}"><line x1="{left}" y1="{base}" x2="{width - left}" '
        f'y2="{base}" stroke="currentColor" stroke-opacity=".3"/>{dots}{labels}</svg>'
    )


def _column(x: int, column: Sequence[Step], base: int) -> str:
    return "".join(
        f'<circle cx="{x}" cy="{base - 15 * height}" r="5" fill="{_COLOURS[step.name.split(".")[0]]}">'
        f"<title>{step.at:%d %b %H:%M}  {escape(step.name)}  owed {step.owed}  paid {step.paid}  back {step.refunded}"
        f"  {escape(step.stock)}</title></circle>"
        for height, step in enumerate(column)
    )


def _label(x: int, step: Step, base: int) -> str:
    money = f"{step.paid} paid" + (f", {step.refunded} back" if step.refunded.strip("0.") else "")
    lines = (f"{step.at:%d %b %H:%M}", step.status.replace("_", " "), money, step.stock)
    return "".join(
        f'<text x="{x}" y="{base + 20 + 14 * row}" text-anchor="middle" opacity="{1 if row < 2 else 0.65}">'
        f"{escape(line)}</text>"
        for row, line in enumerate(lines)
    )
