"""``orderflow price``: one document in, one out; 0 for a price, 1 for none, 2 where the document cannot be read."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_cli import run
from tests.wire.test_baskets import BASKET, SHORTEST

from orderflow import wire
from orderflow.cli import main
from orderflow.pricing import Quote, quote

HOSTS = {"id": "a", "benefit": {"kind": "host_benefit", "name": "x"}}
FILES = Path(__file__).parents[2] / "examples" / "price_list"


def written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def test_a_price_is_one_document(tmp_path, capsys):
    """Exactly what the library says, as decimal text; --json changes nothing."""
    file = written(tmp_path / "basket.json", BASKET)
    asked = wire.load_basket(BASKET)
    answer = quote(asked.basket, asked.tariff, asked.promotions, asked.policy)
    assert isinstance(answer, Quote)
    for options in ([], ["--json"]):
        assert main(["price", str(file), *options]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out) == json.loads(wire.dump_quote(answer, asked.promotions))
        assert not said.err
    assert json.loads(said.out)["total"] == answer.total.text == "48.97"


def test_a_basket_may_come_from_the_standard_input(monkeypatch, capsys):
    """A dash is no file."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(SHORTEST).encode())))
    assert main(["price", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == "39.98"


def test_a_price_is_told_in_words(tmp_path, capsys):
    """With the names of promotions, in the language that was asked for, without characters nobody can see."""
    promotions = json.loads((FILES / "promotions.json").read_text("utf-8"))["promotions"]
    tea = {"sku": "HER-010", "unit_price": "24.50", "quantity": 3, "vat": "23", "tags": ["herbata"]}
    document = {"currency": "PLN", "lines": [tea], "promotions": promotions, "stacking": "best_deal"}
    file = written(tmp_path / "basket.json", document)
    assert main(["price", str(file), "--explain", "--language", "pl"]) == 0
    text = capsys.readouterr().out
    assert "Trzecia herbata gratis: 24,50 zł taniej" in text
    assert "\N{REPLACEMENT CHARACTER}" not in text
    assert main(["price", str(file), "--explain"]) == 0
    assert "Trzecia herbata gratis" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--explain", "--language", "pl"]])
def test_a_terminal_without_the_letters_is_told_all_the_same(options, tmp_path, monkeypatch):
    """In an old encoding: JSON escapes what it does not have, and words have a question mark there."""
    sale = {"id": "sale", "name": "Zniżka", "benefit": {"kind": "order_percent", "percent": "10"}}
    file = written(tmp_path / "basket.json", {**SHORTEST, "promotions": [sale]})
    terminal = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(terminal, "ascii"))
    assert main(["price", str(file), *options]) == 0
    said = terminal.getvalue().decode("ascii")
    assert "Zni?ka" in said if options else json.loads(said)["total"] == "35.98"


def test_what_cannot_be_shown_of_a_document_is_no_reason_to_fall_over(tmp_path, capsys):
    """A key that is half of a surrogate pair."""
    assert main(["price", str(written(tmp_path / "basket.json", {**SHORTEST, "\ud800": 1}))]) == 2
    assert json.loads(capsys.readouterr().out)["error"].endswith(r"\ud800: is not a known key here")


@pytest.mark.parametrize("lines", [[], [SHORTEST["lines"][0] | {"line": "a"}] * 2])
def test_a_basket_without_a_price_leaves_with_1(lines, tmp_path, capsys):
    """The reasons are on the standard output, as JSON or in words."""
    file = written(tmp_path / "basket.json", SHORTEST | {"lines": lines})
    assert main(["price", str(file)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [reason["kind"] for reason in answer["rejected"]] == ["duplicate_line" if lines else "empty_basket"]
    assert main(["price", str(file), "--explain"]) == 1
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("", "document: is not JSON"),
        ("[]", "document: expected an object"),
        (SHORTEST | {"currency": "ZZZ"}, "currency: "),
        (SHORTEST | {"lines": [{"sku": "MUG", "unit_price": 1.5, "quantity": 1}]}, "lines[0].unit_price: "),
        (SHORTEST | {"coupon": "x"}, "coupon: is not a known key here"),
        (SHORTEST | {"promotions": [HOSTS]}, "promotions[0].benefit.name: "),
        (" " * 10_000_000, "document: at most"),
        ("[" * 500_000, "document: is nested too deeply"),
        (SHORTEST | {"lines": SHORTEST["lines"] * 10_000}, "lines: at most 1000 entries"),
        (SHORTEST | {"circumstances": {"coupons": ["x"] * 1000}}, "circumstances.coupons: at most"),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_document_that_cannot_be_read_leaves_with_2(document, place, tmp_path, capsys):
    """With the file and the place in it, quickly, and without a traceback."""
    file = written(tmp_path / "basket.json", document)
    began = time.process_time()
    assert main(["price", str(file)]) == 2
    assert time.process_time() - began < 2  # under a tenth; what is not bounded takes minutes
    said = capsys.readouterr()
    assert f"{file}: {place}" in said.err
    assert f"{file}: {place}" in json.loads(said.out)["error"]
    assert len(said.err) < 600


def test_a_file_that_is_not_there_leaves_with_2(tmp_path, capsys):
    """As everywhere."""
    assert main(["price", str(tmp_path / "gone.json")]) == 2
    assert "gone.json" in capsys.readouterr().err


def test_it_is_a_program(tmp_path):
    """In a process of its own, from a pipe, with warnings as errors."""
    done = run("price", "-", input=json.dumps(BASKET))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["format"] == "quote/1"
