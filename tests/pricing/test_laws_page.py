"""The page about the laws of pricing names tests that exist, and every law is on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "pricing-laws.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE))


def functions(pattern: str) -> Iterator[ast.FunctionDef]:
    for path in (ROOT / "tests").glob(pattern):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node


def test_every_test_that_is_named_exists() -> None:
    """A promise without a test is none."""
    folders = ("pricing", "law", "returns", "coupons", "loyalty")
    there = {test.name for folder in folders for test in functions(f"{folder}/test_*.py")}
    assert len(NAMED) > 60
    assert not NAMED - there


def test_every_law_is_named() -> None:
    """Whoever adds one says what it promises: everything that is drawn at random."""
    laws = {
        test.name
        for file in ("test_promotion_laws_*.py", "test_best_deal.py")
        for test in functions(f"pricing/{file}")
        if any("given" in ast.unparse(decorator) for decorator in test.decorator_list)
    }
    assert len(laws) > 40
    assert not laws - NAMED
