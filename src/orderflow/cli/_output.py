"""What is said on the terminal: tables and bars with rich where it is installed, plain text otherwise, or JSON."""

from __future__ import annotations

import itertools
import json
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ("Output", "Progress", "counted")

Progress = Callable[[int, int, str], None]

_WIDEST = 100
_NARROWEST = 8


class Output:
    """Where a command says what it found; ``as_json`` leaves only the one document of :meth:`document`."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    def line(self, text: str = "") -> None:
        """One line of text."""
        if not self.as_json:
            print(_clean(text))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table with a title; nothing where it has no rows."""
        if self.as_json or not rows:
            return
        cells = [["" if cell is None else _clean(str(cell)) for cell in row] for row in rows]
        if not (sys.stdout.isatty() and _rich_table(title, columns, cells)):
            _plain_table(title, columns, cells)

    def document(self, value: Any) -> None:
        """The answer as JSON, where that was asked for; in ASCII, which every terminal and pipe can take."""
        if self.as_json:
            print(json.dumps(value, indent=2))

    def failed(self, problem: str) -> None:
        """Why the command could not be carried out."""
        self.document({"error": problem})
        print(f"orderflow: {_clean(problem)}", file=sys.stderr)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A bar on a terminal, nothing elsewhere: call it with how many are done, how many there are, and the next."""
        if not sys.stderr.isatty():
            yield _silent
            return
        try:
            from rich.console import Console
            from rich.progress import Progress as Bar
        except ModuleNotFoundError:
            yield _counting(label)
            print("\r\x1b[K", end="", file=sys.stderr)
            return
        with Bar(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total, name: bar.update(task, completed=done, total=total)


def _silent(done: int, total: int, name: str) -> None:
    pass


def _counting(label: str) -> Progress:
    def tell(done: int, total: int, name: str) -> None:
        print(f"\r{label} {done}/{total}", end="", file=sys.stderr, flush=True)

    return tell


def _rich_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Print it with rich; False where that is not installed."""
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError:
        return False
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
    return True


def _plain_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = _widths(columns, rows)
    print(title)
    for row in (columns, ["-" * width for width in widths], *rows):
        cells = [
            textwrap.wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(row, widths, strict=True)
        ]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            print("  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip())
    print()


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is, so that a line has at most ``_WIDEST`` characters: the widest give way, and wrap."""
    widths = [max(1, *map(len, column)) for column in zip(columns, *rows, strict=True)]
    room = _WIDEST - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def counted(number: int, one: str, many: str) -> str:
    """So many things, in words."""
    return f"{number} {one if number == 1 else many}"


def _clean(text: str) -> str:
    """Without characters that could steer a terminal, or that it does not have: what is shown came from outside."""
    encoding = sys.stdout.encoding or "utf-8"
    return "".join(map(_clean_character, text)).encode(encoding, "replace").decode(encoding)


def _clean_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"
