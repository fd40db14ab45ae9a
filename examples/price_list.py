"""
A shop's price list from a spreadsheet, its promotions from a JSON file, and a basket priced with both.

The list is as Polish spreadsheets export it: semicolons, decimal commas, gross prices, VAT in percent, and the earlier
price of what is reduced. Run it with ``python examples/price_list.py``.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from orderflow import Money, pricing, wire
from orderflow.moments import parse_moment
from orderflow.wording import explain

FILES = Path(__file__).with_name("price_list")
WANTED = {"KUB-001": 2, "KUB-002": 1, "HER-010": 2, "HER-011": 2, "HER-012": 1, "KSI-007": 1, "ZAP-003": 1}
LOCKER = pricing.DeliveryMethod(
    code="locker",
    kind=pricing.DeliveryKind.POINT,
    price=Money.parse("13.99", "PLN"),
    vat=pricing.VatRate.parse("23"),
)


def price_list() -> dict[str, dict[str, str]]:
    """The rows by SKU."""
    with (FILES / "prices.csv").open(encoding="utf-8", newline="") as file:
        return {row["sku"]: row for row in csv.DictReader(file, delimiter=";")}


def line(row: dict[str, str], quantity: int) -> pricing.BasketLine:
    """A row as a line of a basket: what is wrong in it is refused with its place."""
    return pricing.BasketLine(
        line=row["sku"],
        sku=row["sku"],
        quantity=quantity,
        unit_price=Money.parse(row["gross"].replace(",", "."), "PLN", f"{row['sku']}.gross"),
        vat=pricing.VatRate.parse(row["vat"], path=f"{row['sku']}.vat"),
        price_includes_vat=True,
        tags=[row["category"]],
        reduced=bool(row["omnibus"]),
    )


def main() -> None:
    """Read, price, tell, and write the answer down."""
    rows = price_list()
    basket = pricing.Basket(
        currency="PLN",
        lines=[line(rows[sku], quantity) for sku, quantity in WANTED.items()],
        delivery_method="locker",
        country="PL",
        circumstances=pricing.Circumstances(at=parse_moment("2026-11-24T18:00:00+01:00")),
    )
    promotions = wire.load_promotions((FILES / "promotions.json").read_text("utf-8"))
    priced = pricing.quote(basket, pricing.Tariff([LOCKER]), promotions)
    assert isinstance(priced, pricing.Quote), priced
    print(explain(priced.explain(promotions), "pl"))

    # What a program elsewhere would read; Path("quote.json").write_text(...) keeps it.
    answer = json.loads(wire.dump_quote(priced, promotions))
    assert answer["total"] == priced.total.text
    assert answer["proof"]["proven"]
    assert priced.goods == sum((each.gross for each in priced.lines), start=Money(0, "PLN"))

    # The same promotions with the same basket as one document, for `orderflow price`.
    document = wire.BasketDocument(basket=basket, tariff=pricing.Tariff([LOCKER]), promotions=promotions)
    again = wire.load_basket(wire.dump_basket(document))
    assert pricing.quote(again.basket, again.tariff, again.promotions, again.policy) == priced


if __name__ == "__main__":
    main()
