"""
A shop's year from a file of invoices: receipts, orders, cancellations and write-offs, and whatever is odd in it.

The file has the columns of the Online Retail data set (UCI, CC BY 4.0; also as ``.csv.gz``). Orders are adopted as they
were recorded; a cancellation gives back what the same customer bought of the same item, oldest first. Nothing that is
odd stops the year: it becomes a finding with a type. Run ``python examples/shop_year.py [FILE] [--db SHOP.DB]``; a
second run on the same database changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import attrs

from orderflow import CommandRejected, Money, Quantities, Shop, orders, people, pricing, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.errors import InvalidInputError
from orderflow.identifiers import code
from orderflow.quantities import MOST_UNITS
from orderflow.testing.world import VirtualClock
from orderflow.texts import human_text

SMALL = Path(__file__).with_name("online_retail") / "small.csv"
SYSTEM = "retail"
CURRENCY = "GBP"
NO_VAT = pricing.VatRate(0, "recorded")
MOST_LINES = 1000
MOST_PRICE = 1_000_000
SERVICES = frozenset("POST DOT M m D C2 S B CRUK AMAZONFEE".split()) | {"BANK CHARGES"}
COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR", "Canada": "CA",
    "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR",
    "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT", "Japan": "JP",
    "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Norway": "NO", "Poland": "PL",
    "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip
UNKNOWN_COUNTRY = "ZZ"


# What the file says


@attrs.frozen
class Row:
    """One line of an invoice."""

    invoice: str
    sku: str
    name: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        """Before anything is rounded."""
        return self.quantity * self.price

    @property
    def month(self) -> str:
        """Such as 2011-11."""
        return f"{self.at:%Y-%m}"


@attrs.frozen
class Invoice:
    """Rows that follow each other with one number; ``part`` counts up where they were interrupted or are too many."""

    number: str
    part: int
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The number, which no other part has."""
        return self.number if self.part == 1 else f"{self.number}-{self.part}"

    @property
    def first(self) -> Row:
        """Whose moment, customer and country are the invoice's."""
        return self.rows[0]

    @property
    def cancels(self) -> bool:
        """Whether it takes earlier ones back."""
        return self.number.startswith("C")

    @property
    def corrects(self) -> bool:
        """Whether it only books stock: nobody bought anything, and nothing was paid."""
        return not any(row.customer or row.price for row in self.rows)


def read_rows(path: Path) -> Iterator[Row]:
    """
    The rows of a file, one at a time.

    Raises:
        ValueError: a row is not of this form; its number is in the message.
    """
    with (
        (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file,
        io.TextIOWrapper(file, "utf-8", newline="") as text,
    ):
        for number, row in enumerate(csv.reader(text), start=1):
            if row[:1] != ["InvoiceNo"]:
                yield read_row(row, number)


def read_row(row: list[str], number: int) -> Row:
    """One row, checked: what a shop would not take is refused before anything is booked."""
    try:
        invoice, sku, name, quantity, at, price, customer, country = row
        code(invoice, "InvoiceNo")
        code(sku, "StockCode")
        human_text(name or "-", "Description")
        moment, amount, count = datetime.fromisoformat(at).replace(tzinfo=UTC), Decimal(price), int(quantity)
        in_bounds = 1 <= abs(count) <= MOST_UNITS and abs(amount) < MOST_PRICE
    except (ValueError, ArithmeticError, InvalidInputError) as error:
        raise ValueError(f"row {number} is not of this form: {error}") from error
    if not in_bounds:
        raise ValueError(f"row {number} is not of this form: {quantity} at {price}")
    return Row(invoice, sku, name.strip(), count, moment, amount, customer.removesuffix(".0"), country)


def invoices(rows: Iterable[Row]) -> Iterator[Invoice]:
    """Rows gathered into invoices of at most as many lines as an order may have."""
    parts: Counter[str] = Counter()
    gathered: list[Row] = []

    def invoice() -> Invoice:
        number = gathered[0].invoice
        parts[number] += 1
        return Invoice(number, parts[number], tuple(gathered))

    for row in rows:
        if gathered and (row.invoice != gathered[0].invoice or len(gathered) == MOST_LINES):
            yield invoice()
            gathered.clear()
        gathered.append(row)
    if gathered:
        yield invoice()


@attrs.define
class Survey:
    """What a first reading tells: how much there is, what each month needs, and which purchases are cancelled later."""

    lines: int = 0
    seconds: float = 0.0
    needs: Counter[tuple[str, str]] = attrs.field(factory=Counter)  # by month and SKU
    cancelled: set[tuple[str, str]] = attrs.field(factory=set)  # customer and SKU


def survey(path: Path) -> Survey:
    """Read the file once without a shop; also the time that reading alone takes."""
    seen, began = Survey(), time.perf_counter()
    for invoice in invoices(read_rows(path)):
        seen.lines += len(invoice.rows)
        for row in invoice.rows:
            if invoice.cancels:
                seen.cancelled.add((row.customer, row.sku))
            elif row.quantity < 0 if invoice.corrects else row.sku not in SERVICES:
                seen.needs[invoice.first.month, row.sku] += abs(row.quantity)
    seen.seconds = time.perf_counter() - began
    return seen


# What is odd in it


@attrs.frozen
class Finding:
    """Something a person may want to look at: in which invoice, and of which item where it is about one."""

    invoice: str
    sku: str = ""


class RepeatedRow(Finding):
    """The same row again in one invoice; both count."""


class TwoMoments(Finding):
    """Rows of one invoice have different times; the first one is taken."""


class InSeveralParts(Finding):
    """Interrupted by another invoice, or longer than an order may be: it became several orders."""


class UnknownCountry(Finding):
    """What the file says is no country."""


class FreeOfCharge(Finding):
    """An order line at no price."""


class FinerThanPence(Finding):
    """A price that no coin can pay; the line's amount is rounded."""


class NotBooked(Finding):
    """Stock that the shop would not book, such as a write-off of more than there is."""


class NotAnOrder(Finding):
    """A price below zero, or a sale with returns in it; neither money nor stock moved."""


class CancelledByNobody(Finding):
    """A cancellation without a customer: whose purchase it takes back is not known."""


class PartlyCovered(Finding):
    """More is cancelled than this customer bought before."""


class NotCovered(Finding):
    """This customer bought none of it before."""


class RefundRejected(Finding):
    """The order would give back more than it cost."""


# The year


@attrs.define
class Year:
    """The figures. Amounts are exact until an order or refund is recorded, which is in whole pence."""

    lines: int = 0
    invoices: int = 0
    cancellations: int = 0
    net: Decimal = Decimal(0)
    orders: int = 0
    recorded: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    left_out: Decimal = Decimal(0)  # of invoices and cancellations that no order took
    rounded: Decimal = Decimal(0)
    received: int = 0
    delivered: int = 0
    returned: int = 0
    corrected: int = 0
    write_offs: int = 0
    fully: int = 0
    partly: int = 0
    not_at_all: int = 0
    findings: Counter[str] = attrs.field(factory=Counter)


@attrs.define
class Purchase:
    """Units of one order line that may still be cancelled."""

    order: str
    line: str
    left: int


@attrs.define
class Taken:
    """What one cancellation takes back from one order."""

    units: Counter[str] = attrs.field(factory=Counter)  # by line
    goods: Counter[str] = attrs.field(factory=Counter)  # by SKU, those on the shelf
    amount: Decimal = Decimal(0)


class Replay:
    """
    Plays a year into a shop.

    *found* is told every finding, *progress* how many rows of how many are done. Memory grows with the purchases that
    are cancelled later and with the months' items, not with the orders.
    """

    def __init__(
        self,
        shop: Shop,
        clock: VirtualClock,
        known: Survey,
        found: Callable[[Finding], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.shop = shop
        self.clock = clock
        self.known = known
        self.found = found
        self.progress = progress
        self.year = Year()
        self.months: set[str] = set()
        self.bought: dict[tuple[str, str], deque[Purchase]] = {}

    def play(self, path: Path) -> Year:
        """The whole file."""
        for invoice in invoices(read_rows(path)):
            self.clock.set(max(invoice.first.at, self.clock.now()))
            self.receive(invoice.first.month)
            self.count(invoice)
            if invoice.cancels:
                self.cancel(invoice)
            elif invoice.corrects:
                self.correct(invoice)
            else:
                self.sell(invoice)
            if self.progress is not None:
                self.progress(self.year.lines, self.known.lines)
        return self.year

    def find(self, finding: Finding) -> None:
        """Count a finding and tell it."""
        self.year.findings[type(finding).__name__] += 1
        if self.found is not None:
            self.found(finding)

    def count(self, invoice: Invoice) -> None:
        """What can be said of any invoice."""
        year, name = self.year, invoice.name
        year.lines += len(invoice.rows)
        year.invoices += invoice.part == 1
        year.cancellations += invoice.cancels and invoice.part == 1
        year.net += sum(row.amount for row in invoice.rows)
        if invoice.part == 2:
            self.find(InSeveralParts(invoice.number))
        if len({row.at for row in invoice.rows}) > 1:
            self.find(TwoMoments(name))
        for row, times in Counter(invoice.rows).items():
            for _ in range(1, times):
                self.find(RepeatedRow(name, row.sku))

    def book(self, command: stock.ItemCommand, finding: Finding) -> bool:
        """Whether the shop booked it; if not, that is found."""
        try:
            self.shop.do(command)
        except CommandRejected:
            self.find(finding)
            return False
        return True

    def receive(self, month: str) -> None:
        """On the first of a month its goods arrive, as much as it needs."""
        if month in self.months:
            return
        self.months.add(month)
        for (needed_in, sku), quantity in self.known.needs.items():
            if needed_in == month:
                arrived = stock.ReceiveStock(sku=sku, quantity=quantity, reference=month)
                self.year.received += quantity * self.book(arrived, NotBooked(month, sku))

    def correct(self, invoice: Invoice) -> None:
        """Stock found, or written off."""
        for index, row in enumerate(invoice.rows):
            reason = "found" if row.quantity > 0 else "write_off"
            reference = f"{invoice.name}/{index}"
            change = stock.AdjustStock(sku=row.sku, delta=row.quantity, reason=reason, reference=reference)
            if self.book(change, NotBooked(invoice.name, row.sku)):
                self.year.corrected += row.quantity
                self.year.write_offs += row.quantity < 0

    def sell(self, invoice: Invoice) -> None:
        """Adopt a paid order, and then tell that it was delivered."""
        paid = self.order(invoice)
        exact = sum((row.amount for row in invoice.rows), Decimal(0))
        if paid is None:
            self.year.left_out += exact
            return
        at = invoice.first.at
        delivered = attrs.evolve(paid, delivered_at=at, modified_at=at + timedelta(seconds=1))
        self.shop.do(paid)
        self.shop.do(delivered)
        total = exactly(paid.total)
        self.year.orders += 1
        self.year.recorded += total
        self.year.rounded += exact - total
        self.year.delivered += sum(each.line.quantity for each in paid.lines if each.line.tracked)
        for each, row in zip(paid.lines, invoice.rows, strict=True):
            if (key := (row.customer, row.sku)) in self.known.cancelled and row.customer:
                purchase = Purchase(invoice.name, each.line.line, row.quantity)
                self.bought.setdefault(key, deque()).append(purchase)

    def order(self, invoice: Invoice) -> orders.RecordOrder | None:
        """The invoice as an order, or a finding that it is none."""
        name, first = invoice.name, invoice.first
        if any(row.quantity < 1 or row.price < 0 for row in invoice.rows):
            self.find(NotAnOrder(name))
            return None
        lines = tuple(self.line(name, index, row) for index, row in enumerate(invoice.rows, start=1))
        total = sum((each.gross for each in lines), Money.zero(CURRENCY))
        return orders.RecordOrder(
            numbers=[(SYSTEM, name)],
            currency=CURRENCY,
            lines=lines,
            total=total,
            vat_total=Money.zero(CURRENCY),
            contact=people.Contact(name=""),
            target=orders.ToAddress(address=self.address(name, first.country)),
            delivery_method="courier",
            payment_method="transfer",
            stage=orders.OrderStage.CONFIRMED,
            placed_at=first.at,
            modified_at=first.at,
            paid=total,
            customer=first.customer or None,
        )

    def line(self, name: str, index: int, row: Row) -> orders.RecordedLine:
        """A row as a line of an order."""
        price, gross = pence(row.price), pence(row.amount)
        if row.price == 0:
            self.find(FreeOfCharge(name, row.sku))
        elif exactly(price) != row.price:
            self.find(FinerThanPence(name, row.sku))
        bought = orders.Line(
            line=str(index),
            sku=row.sku,
            name=row.name or row.sku,
            quantity=row.quantity,
            unit_price=price,
            vat=NO_VAT,
            tracked=row.sku not in SERVICES,
        )
        zero = Money.zero(CURRENCY)
        return orders.RecordedLine(line=bought, gross=gross, vat=zero, discount=zero)

    def address(self, name: str, country: str) -> people.Address:
        """Only the country is known, and not always."""
        if country not in COUNTRIES:
            self.find(UnknownCountry(name))
        found = COUNTRIES.get(country, UNKNOWN_COUNTRY)
        return people.Address(name="", street="", city="", postal_code="", country=found)

    def cancel(self, invoice: Invoice) -> None:
        """Give back what the customer bought before, oldest first; the rest is left out and found."""
        taken: dict[str, Taken] = {}
        for sku, rows in _by_sku(invoice.rows).items():
            if not invoice.first.customer:
                self.find(CancelledByNobody(invoice.name, sku))
                self.year.left_out += sum(row.amount for row in rows)
            else:
                self.match(invoice, rows, self.bought.get((invoice.first.customer, sku), deque()), taken)
        for order, part in taken.items():
            self.give_back(invoice, order, part)

    def match(self, invoice: Invoice, rows: list[Row], bought: deque[Purchase], taken: dict[str, Taken]) -> None:
        """Lines that fit whole go first, so that as few as possible are covered in part only."""
        while rows:
            covered = sum(purchase.left for purchase in bought)
            row = max((row for row in rows if -row.quantity <= covered), key=lambda row: -row.quantity, default=rows[0])
            rows.remove(row)
            units = min(covered, -row.quantity)
            missing = -row.quantity - units
            self.year.fully += not missing
            if missing and units:
                self.year.partly += 1
                self.find(PartlyCovered(invoice.name, row.sku))
            elif missing:
                self.year.not_at_all += 1
                self.find(NotCovered(invoice.name, row.sku))
            self.year.left_out -= missing * row.price
            _take(bought, units, row, taken)

    def give_back(self, invoice: Invoice, order: str, part: Taken) -> None:
        """Refund and restock what one order gives back."""
        reference, at = f"{SYSTEM}:{order}", invoice.first.at
        refund = orders.RecordedRefund(
            external=invoice.name, amount=pence(part.amount), at=at, units=Quantities(part.units)
        )
        try:
            self.shop.do(orders.RecordRefunds(order=reference, refunds=[refund]))
        except CommandRejected:
            self.find(RefundRejected(invoice.name))
            self.year.left_out -= part.amount
            return
        self.year.refunded += exactly(refund.amount)
        self.year.rounded -= part.amount - exactly(refund.amount)
        if part.goods:
            back = stock.RestockUnits(order=reference, quantities=Quantities(part.goods))
            self.shop.do(back, request_id=f"{invoice.name}/{order}")
            self.year.returned += part.goods.total()


def pence(amount: Decimal) -> Money:
    """An amount in whole pence, half up."""
    return Money(int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP)), CURRENCY)


def exactly(amount: Money) -> Decimal:
    """An amount of money as a number."""
    return Decimal(amount.minor) / 100


def _by_sku(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    return found


def _take(bought: deque[Purchase], units: int, row: Row, taken: dict[str, Taken]) -> None:
    while units:
        purchase = bought[0]
        part = min(units, purchase.left)
        given = taken.setdefault(purchase.order, Taken())
        given.units[purchase.line] += part
        given.amount += part * row.price
        if row.sku not in SERVICES:
            given.goods[row.sku] += part
        units -= part
        purchase.left -= part
        if not purchase.left:
            bought.popleft()


# As a program


def bar(done: int, total: int) -> None:
    """One line that fills up."""
    if total and (done == total or done * 50 // total > max(done - 30, 0) * 50 // total):
        full = done * 50 // total
        sys.stderr.write(f"\r[{'#' * full}{'.' * (50 - full)}] {done:,} of {total:,} rows" + "\n" * (done == total))
        sys.stderr.flush()


def report(year: Year, seconds: float, known: Survey) -> None:
    """The figures for people."""
    for field in attrs.fields(Year):
        if field.name != "findings":
            print(f"{field.name:>14} {getattr(year, field.name):>16,}")
    for name, times in year.findings.most_common():
        print(f"{name:>24} {times:>6,}")
    rate, floor = year.orders / seconds, year.orders / known.seconds
    print(f"{rate:,.0f} orders a second; reading the file alone {floor:,.0f}: {rate / floor:.3f} of it")


def main() -> None:
    """Replay a file, into a database of its own unless one is named."""
    parser = argparse.ArgumentParser(description="Replay a shop's year.")
    parser.add_argument("file", type=Path, nargs="?", default=SMALL)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--findings", type=Path, help="write every finding to this file")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        known = survey(chosen.file)
        clock = VirtualClock(datetime(2000, 1, 1, tzinfo=UTC))
        shop = Shop(SqliteStore(chosen.db or Path(folder) / "year.db"), seller="Gift Shop", clock=clock)
        began = time.perf_counter()
        with (chosen.findings or Path(folder) / "findings.txt").open("w", encoding="utf-8") as findings:
            progress = bar if sys.stderr.isatty() else None
            year = Replay(shop, clock, known, lambda each: print(each, file=findings), progress).play(chosen.file)
        report(year, time.perf_counter() - began, known)
        shop.store.close()
    assert year.net == year.recorded - year.refunded + year.left_out + year.rounded


if __name__ == "__main__":
    main()
