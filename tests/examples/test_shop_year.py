"""A shop's year, replayed: the figures are the file's, the store agrees with them, and nothing odd stops it."""

from __future__ import annotations

import csv
import importlib.util
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Shop
from orderflow.adapters.sqlite import SqliteStore
from orderflow.moments import parse_moment
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.testing.world import VirtualClock
from orderflow.verify import verify

ROOT = Path(__file__).parents[2]
WHOLE = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country".split(",")


def example() -> ModuleType:
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("shop_year", ROOT / "examples" / "shop_year.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shop_year"] = module
    spec.loader.exec_module(module)
    return module


shop_year = example()


def played(path: Path, store: Store, found: Any = None, progress: Any = None) -> Any:
    """The figures of a year, and the shop in which it happened."""
    clock = VirtualClock(parse_moment("2000-01-01T00:00:00Z"))
    shop = Shop(store, seller="Gift Shop", clock=clock)
    return shop_year.Replay(shop, clock, shop_year.survey(path), found, progress).play(path), shop


def in_the_store(shop: Shop) -> tuple[int, Decimal, Decimal]:
    """How many orders there are, what they cost and what they gave back, read from the shop."""
    count, cost, back, after = 0, 0, 0, None
    while page := shop.orders(after=after, limit=1000):
        after = page[-1].id
        for summary in page:
            view = shop.order(summary.id)
            count, cost, back = count + 1, cost + view.total.minor, back + view.refunded.minor
    return count, Decimal(cost) / 100, Decimal(back) / 100


def on_the_shelves(store: Store) -> tuple[int, int]:
    """How many units there are, and how many are held."""
    with store.reading() as view:
        levels = [view.counters.level(key) for key in view.counters.keys(limit=1_000_000)]
    return sum(level.value for level in levels if level), sum(level.held for level in levels if level)


def agree(year: Any, shop: Shop) -> None:
    """Every penny and every unit is accounted for, and the store says the same."""
    assert year.net == year.recorded - year.refunded + year.left_out + year.rounded
    assert in_the_store(shop) == (year.orders, year.recorded, year.refunded)
    assert on_the_shelves(shop.store) == (year.received - year.delivered + year.returned + year.corrected, 0)


def test_a_small_year_is_replayed_to_the_penny(tmp_path: Path) -> None:
    """Each oddity is found once, the figures are those of the file, and the database is as it must be."""
    store = SqliteStore(tmp_path / "year.db")
    found: list[Any] = []
    steps: list[tuple[int, int]] = []
    year, shop = played(shop_year.SMALL, store, found.append, lambda *step: steps.append(step))
    agree(year, shop)
    assert (year.lines, year.invoices, year.cancellations, year.orders) == (20, 13, 5, 6)
    assert (year.net, year.recorded, year.refunded) == (Decimal("-183.685"), Decimal("160.00"), Decimal("99.60"))
    assert (year.fully, year.partly, year.not_at_all, year.write_offs) == (3, 1, 2, 1)
    assert [(type(each).__name__, each.invoice, each.sku) for each in found] == [
        ("TwoMoments", "600002", ""),
        ("RepeatedRow", "600002", "M100"),
        ("FreeOfCharge", "600002", "L1"),
        ("PartlyCovered", "C600006", "M200"),
        ("FinerThanPence", "600007", "M300"),
        ("UnknownCountry", "600007", ""),
        ("InSeveralParts", "600007", ""),
        ("UnknownCountry", "600007-2", ""),
        ("NotCovered", "C600009", "M300"),
        ("NotCovered", "C600010", "D"),
        ("CancelledByNobody", "C600011", "M100"),
        ("RefundRejected", "C600012", ""),
        ("NotAnOrder", "A600013", ""),
    ]
    assert steps[-1] == (20, 20)
    assert steps == sorted(steps)
    assert verify(store) == ()
    store.close()


def test_the_oldest_purchase_is_cancelled_first() -> None:
    """Fourteen pots were bought, two of them in the older order; fourteen go back, and two mugs of that order later."""
    _, shop = played(shop_year.SMALL, MemoryStore())
    older, newer = shop.order("retail:600001"), shop.order("retail:600003")
    assert [dict(refund.units) for refund in older.order.recorded_refunds] == [{"2": 2}, {"1": 2}]
    assert [dict(refund.units) for refund in newer.order.recorded_refunds] == [{"1": 12}]
    assert older.refunded.text == "18.60"


def test_the_same_year_again_changes_nothing(tmp_path: Path) -> None:
    """No event, no unit and no penny more; the figures are the same."""
    store = SqliteStore(tmp_path / "year.db")
    first, shop = played(shop_year.SMALL, store)
    before = [shop.history(summary.id) for summary in shop.orders()], on_the_shelves(store)
    again, shop = played(shop_year.SMALL, store)
    assert again == first
    assert ([shop.history(summary.id) for summary in shop.orders()], on_the_shelves(store)) == before
    store.close()


def test_an_invoice_longer_than_an_order_may_be_becomes_several(tmp_path: Path) -> None:
    """1,114 rows are an order of 1,000 lines and one of 114."""
    row = ["700001", "M1", "MUG", "1", "2011-01-04 09:30:00", "1.0", "", "France"]
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *([*row[:1], f"M{number}", *row[2:]] for number in range(1114))])
    year, shop = played(path, MemoryStore())
    agree(year, shop)
    assert [len(shop.order(number).order.lines) for number in ("retail:700001", "retail:700001-2")] == [1000, 114]
    assert year.findings == {"InSeveralParts": 1}


@pytest.mark.parametrize(
    "row",
    [
        "1,MUG,Mug,1,2011-01-01 10:00:00,1.0,",
        "1,MUG,Mug,0,2011-01-01 10:00:00,1.0,,France",
        "1,MUG,Mug,1e3,2011-01-01 10:00:00,1.0,,France",
        "1,MUG,Mug,1,yesterday,1.0,,France",
        "1,MUG,Mug,1,2011-01-01 10:00:00,NaN,,France",
        "1,MUG,Mug,1,2011-01-01 10:00:00,1e9,,France",
        "1,\u202eMUG,Mug,1,2011-01-01 10:00:00,1.0,,France",
    ],
)
def test_a_file_of_another_form_is_refused_before_anything_is_booked(tmp_path: Path, row: str) -> None:
    """The number of the row is said, and the shop is as empty as before."""
    path = tmp_path / "odd.csv"
    path.write_text(shop_year.SMALL.read_text("utf-8") + row + "\n", "utf-8")
    store = MemoryStore()
    with pytest.raises(ValueError, match="row 22 is not of this form"):
        played(path, store)
    with store.reading() as view:
        assert not view.streams.names()


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "C", "A"]),
        st.integers(1, 9),  # invoice
        st.sampled_from(["MUG", "POT", "POST", "BANK CHARGES"]),
        st.sampled_from(["", "Mug", " ? "]),
        st.integers(1, 12),
        st.sampled_from(["0.0", "0.001", "2.55", "-1.0", "8142.75"]),
        st.sampled_from(["", "17001.0", "17002.0"]),
        st.sampled_from(["France", "Unspecified"]),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(rows=ROWS, backwards=st.booleans())
def test_no_file_of_this_form_stops_the_year(rows: Any, *, backwards: bool) -> None:
    """Whatever invoices follow each other, in whatever order of days: every penny and unit is accounted for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for number, (kind, invoice, sku, name, quantity, price, customer, country) in enumerate(rows):
                day = 28 - number % 28 if backwards else 1 + number % 28
                signed = -quantity if kind == "C" or (price == "0.0" and not customer) else quantity
                writer.writerow(
                    [f"{kind}{invoice}", sku, name, signed, f"2011-01-{day:02} 10:00:00", price, customer, country]
                )
        year, shop = played(path, MemoryStore())
    agree(year, shop)
    assert verify(shop.store) == ()


@pytest.mark.long
@pytest.mark.skipif(not WHOLE.exists(), reason=f"{WHOLE} is not here; it is UCI's Online Retail, 541,909 rows")
def test_a_real_shops_year_is_replayed_to_the_penny(tmp_path: Path) -> None:
    """Half a million rows: the known figures, and a database that verifies."""
    store = SqliteStore(tmp_path / "year.db")
    year, shop = played(WHOLE, store)
    agree(year, shop)
    assert (year.lines, year.invoices, year.cancellations) == (541_909, 25_900, 3_836)
    assert year.net == Decimal("9747747.934")
    assert (year.fully, year.partly, year.not_at_all, year.write_offs) == (7_517, 52, 1_336, 1_336)
    assert (year.findings["RepeatedRow"], year.findings["TwoMoments"], year.findings["FinerThanPence"]) == (
        5_268,
        43,
        4,
    )
    assert (year.findings["NotAnOrder"], year.findings["PartlyCovered"], year.findings["NotCovered"]) == (2, 52, 1_336)
    assert verify(store) == ()
    assert (year.orders, year.recorded, year.refunded) == (19_966, Decimal("10666684.54"), Decimal("470797.65"))
    store.close()
