"""One order document, as a new order or as the record of an old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from ...errors import InvalidInputError
from ...identifiers import code
from ...money import Money, minor_units, round_half_up
from ...orders import (
    Line,
    PlaceOrder,
    RecordedAmount,
    RecordedCharge,
    RecordedLine,
    RecordedRefund,
    RecordOrder,
    Target,
    ToAddress,
    ToDownload,
    ToPoint,
    ToShop,
    contradictions,
)
from ...people import Address, Contact
from ...quantities import quantity
from ._fields import Node
from ._rates import Rates, read_rates
from ._refund import Refund, read_refund
from ._status import STATUSES

SYSTEM = "woocommerce"
"""The name under which WooCommerce's ids are kept with an order: it is found as ``woocommerce:<id>``."""

_CASH_ON_DELIVERY = {"cod": "cash_on_delivery"}
_NO_METHOD = "none"
_TAX_NUMBERS = frozenset(
    {"nip", "billing_nip", "vat_number", "billing_vat_number", "billing_vat", "eu_vat_number", "billing_eu_vat_number",
     "billing_tax_number", "tax_number", "vat_id", "billing_vat_id"}
)  # fmt: skip
_POINTS = frozenset(
    {"parcel_machine_id", "paczkomat_id", "paczkomat", "paczkomat_key", "inpost_point", "inpost_point_id",
     "target_point", "point_id", "pickup_point", "pickup_point_id", "shipping_point_id"}
)  # fmt: skip
_INPOST = ("inpost", "paczkomat", "parcel_machine", "easypack")
_PERSONAL = (
    "address", "birth", "billing", "card", "city", "company", "contact", "customer", "email", "iban", "invoice", "ip",
    "key", "mail", "mobile", "name", "nip", "note", "password", "pesel", "phone", "postcode", "secret", "shipping",
    "street", "tax", "tel", "token", "user", "vat",
)  # fmt: skip
_SHORT = 4
_MOST_EXTRAS = 80
_NAMES = {
    "lines": "line_items",
    "vat_total": "total_tax",
    "paid": "total",
    "gross": "total",
    "vat": "total_tax",
    "discount": "subtotal",
    "unit_price": "subtotal",
}


@attrs.frozen(kw_only=True)
class LeftOut:
    """Entries at ``path`` that were not kept: possibly personal, no plain code, or beyond the limits."""

    path: str
    count: int


def to_place(document: Mapping[str, Any]) -> PlaceOrder:
    """
    The document's goods as a new order, to be priced, paid and delivered here.

    Taken are lines, positive fees, contact, target, notes and ways to deliver and pay. Unit prices are what was sold
    for, after coupons: with VAT where the shop's prices include it, else without. Where a line's amount does not
    divide by its quantity it becomes two lines, so that the sum stays exact. The delivery is priced by the host's
    tariff, and ``seen_total`` is the document's total, so that a difference shows. What the document tells of
    payment, status and refunds is not taken: use :func:`to_record` for an order that has a past.

    The document's id is a good request id: ``shop.place(to_place(document), request_id=f"woocommerce:{id}")``.

    Raises:
        InvalidInputError: with the path of the field.
    """
    order = _root(document)
    currency = _currency(order)
    rates = read_rates(order)
    header = _header(order)
    inclusive = order.flag("prices_include_tax")
    lines = [line for item in _items(order) for line in _units(item, _line(item, currency, rates, inclusive))]
    for fee in order.items("fee_lines"):
        charge = _amount(fee, RecordedCharge.FEE, currency, rates)
        if charge.gross.minor < 0:
            raise fee.refuse("total", "a negative fee cannot be a line of a new order; record the order instead")
        if charge.gross:
            lines.append(_fee_line(fee, charge, inclusive))
    if not lines:
        raise order.refuse("line_items", "an order to be placed has lines")
    return PlaceOrder(
        lines=tuple(lines),
        currency=currency,
        seen_total=order.amount("total", currency),
        **header,
    )


def to_record(document: Mapping[str, Any], refunds: Iterable[Mapping[str, Any]] = ()) -> RecordOrder:
    """
    The order as it is, in whatever state, with its amounts as they were recorded; *refunds* are its refund documents.

    WooCommerce gives line totals without tax always: what a line cost is ``total + total_tax``. Refunds that only
    the order's own list names have its ``date_modified_gmt``.

    Raises:
        InvalidInputError: with the path of the field; that of a refund document begins with ``refunds[n]``.
    """
    told = [read_refund(Node(refund, f"refunds[{index}]")) for index, refund in enumerate(refunds)]
    return record_of(_root(document), told)


def record_of(order: Node, told: Sequence[Refund]) -> RecordOrder:
    """:func:`to_record`, of documents that stand somewhere in a file."""
    currency = _currency(order)
    rates = read_rates(order)
    header = _header(order)
    meaning = STATUSES.get(order.code("status"))
    if meaning is None:
        raise order.refuse("status", f"expected one of {', '.join(STATUSES)}")
    placed_at = order.moment("date_created_gmt")
    if placed_at is None:
        raise order.refuse("date_created_gmt", "is missing")
    modified_at = order.moment("date_modified_gmt") or placed_at
    paid_at, completed_at = order.moment("date_paid_gmt"), order.moment("date_completed_gmt")
    total = order.amount("total", currency)
    at_the_door = header["payment_method"] in _CASH_ON_DELIVERY.values()
    if paid_at is None and (meaning.paid_at_the_door if at_the_door else meaning.paid):
        paid_at = completed_at or modified_at
    delivered_at = completed_at if meaning.may_be_delivered else None
    if meaning.delivered and delivered_at is None:
        delivered_at = modified_at
    inclusive = order.flag("prices_include_tax")
    command = RecordOrder(
        **header,
        currency=currency,
        lines=tuple(_line(item, currency, rates, inclusive) for item in _items(order)),
        amounts=(
            *(_amount(item, RecordedCharge.DELIVERY, currency, rates) for item in order.items("shipping_lines")),
            *(_amount(item, RecordedCharge.FEE, currency, rates) for item in order.items("fee_lines")),
        ),
        total=total,
        vat_total=order.amount("total_tax", currency, missing="0"),
        stage=meaning.stage,
        placed_at=placed_at,
        modified_at=modified_at,
        paid=total if paid_at is not None else Money.zero(currency),
        paid_at=paid_at,
        delivered_at=delivered_at,
        refunds=_refunds(order, told, currency, modified_at),
    )
    if problems := contradictions(command):
        raise InvalidInputError(_where(problems[0].path, order), problems[0].problem)
    return command


def left_out(order: Node) -> tuple[LeftOut, ...]:
    """The metadata of a document that is not kept, by place."""
    return _extras(order)[1]


def _where(path: str, order: Node) -> str:
    """A place in the command as the place in the document that it came from."""
    head, dot, field = path.partition(".")
    name, bracket, index = head.partition("[")
    if name == "amounts":  # deliveries first, then fees
        fee = int(index.rstrip("]")) - len(order.items("shipping_lines"))
        name, index = ("shipping_lines", index) if fee < 0 else ("fee_lines", f"{fee}]")
    return order.at(_NAMES.get(name, name) + bracket + index + dot + _NAMES.get(field, field))


def _root(document: Mapping[str, Any]) -> Node:
    if not isinstance(document, Mapping):
        raise InvalidInputError("", f"expected an order as an object, got {type(document).__name__}")
    return Node(document)


def _currency(order: Node) -> str:
    currency = order.code("currency")
    if not currency:
        raise order.refuse("currency", "is missing")
    minor_units(currency, order.at("currency"))
    return currency


def _items(order: Node) -> tuple[Node, ...]:
    items = order.items("line_items")
    seen: set[int] = set()
    for item in items:
        if item.id() in seen:
            raise item.refuse("id", f"{item.id()} is given twice")
        seen.add(item.id())
    return items


# What both ways in have in common


def _header(order: Node) -> dict[str, Any]:
    """The fields that placing and recording share, by their names there."""
    number = str(order.id())
    shown = order.code("number")
    customer = order.whole("customer_id") if order.value.get("customer_id") is not None else 0
    if customer < 0:
        raise order.refuse("customer_id", "expected a whole number, or 0 for a guest")
    billing = _address(order.node("billing"), "")
    tax_number = _tax_number(order)
    note = order.note("customer_note")
    method = order.code("payment_method") or _NO_METHOD
    deliveries = order.items("shipping_lines")
    return {
        "numbers": ((SYSTEM, number), *(((f"{SYSTEM}_number", shown),) if shown not in ("", number) else ())),
        "contact": _contact(order.node("billing")),
        "target": _target(order, billing),
        "delivery_method": (deliveries[0].code("method_id") if deliveries else "") or _NO_METHOD,
        "payment_method": _CASH_ON_DELIVERY.get(method, method),
        "source": SYSTEM,
        "customer": str(customer) if customer else None,
        "invoice_requested": tax_number is not None,
        "tax_number": tax_number,
        "billing": billing,
        "notes": (note,) if note else (),
        "extras": _extras(order)[0],
    }


def _contact(billing: Node) -> Contact:
    return Contact(
        name=_name(billing) or billing.text("company"),
        email=billing.text("email") or None,
        phone=billing.text("phone") or None,
    )


def _name(person: Node) -> str:
    name = f"{person.text('first_name')} {person.text('last_name')}".strip()
    if len(name) > 200:
        raise person.refuse("last_name", "first and last name have at most 200 characters together")
    return name


def _address(node: Node, fallback: str) -> Address | None:
    if not any(node.text(key) for key in ("address_1", "address_2", "city", "postcode")):
        return None
    return Address(
        name=_name(node),
        street=node.text("address_1"),
        line2=node.text("address_2"),
        city=node.text("city"),
        postal_code=node.text("postcode"),
        region=node.text("state"),
        company=node.text("company"),
        country=_country(node) or fallback or _missing_country(node),
    )


def _country(node: Node) -> str:
    country = node.code("country").upper()
    if country and not (len(country) == 2 and country.isalpha()):
        raise node.refuse("country", "expected an ISO 3166 alpha-2 code such as 'PL'")
    return country


def _missing_country(node: Node) -> str:
    raise node.refuse("country", "is missing")


def _target(order: Node, billing: Address | None) -> Target:
    home = _country(order.node("billing"))
    there = _country(order.node("shipping")) or home
    address = _address(order.node("shipping"), home)
    deliveries = order.items("shipping_lines")
    if deliveries:
        if (point := _point(order, deliveries)) is not None:
            return ToPoint(point=point[0], operator=point[1], country=there or _missing_country(order.node("billing")))
        method = deliveries[0].code("method_id")
        if method.startswith(("local_pickup", "pickup_location")):
            instance = deliveries[0].value.get("instance_id")
            shop = f"{method}:{instance}" if type(instance) is str and instance and ":" not in method else method
            return ToShop(
                shop=code(shop, deliveries[0].at("instance_id")),
                country=there or _missing_country(order.node("billing")),
            )
        address = address or billing
    if address is not None:
        return ToAddress(address=address)
    # Neither a delivery nor an address to deliver to: nothing travels.
    return ToDownload(country=there or _missing_country(order.node("billing")))


def _point(order: Node, deliveries: Sequence[Node]) -> tuple[str, str] | None:
    """The pick-up point that a plugin put into the metadata of the delivery or the order, and who runs it."""
    for holder in (*deliveries, order):
        for meta in holder.items("meta_data"):
            key, value = meta.value.get("key"), meta.value.get("value")
            if type(key) is str and _bare(key) in _POINTS and type(value) is str and value.strip():
                hints = f"{key} {deliveries[0].value.get('method_id')}".lower()
                return code(value.strip(), meta.at("value")), "inpost" if any(h in hints for h in _INPOST) else ""
    return None


def _bare(key: str) -> str:
    return key.strip("_").lower().replace("-", "_")


def _tax_number(order: Node) -> str | None:
    for meta in order.items("meta_data"):
        key, value = meta.value.get("key"), meta.value.get("value")
        if type(key) is str and _bare(key) in _TAX_NUMBERS and type(value) is str and value.strip():
            return code(value.strip(), meta.at("value"))
    return None


# Extras: what the host may need later, without personal data


def _extras(order: Node) -> tuple[tuple[tuple[str, str], ...], tuple[LeftOut, ...]]:
    found = _Extras()
    found.keep("", [("transaction_id", order.value.get("transaction_id") or None)], order.at("transaction_id"))
    coupons = [("coupon", coupon.text("code")) for coupon in order.items("coupon_lines")]
    found.keep("", coupons, order.at("coupon_lines"), human=True)
    fees = [(f"fee-{fee.id()}", fee.text("name")) for fee in order.items("fee_lines")]
    found.keep("", fees, order.at("fee_lines"), human=True)
    for name in ("line_items", "shipping_lines", "fee_lines", "coupon_lines"):
        for item in order.items(name):
            found.keep(f"{item.id()}:", _metadata(item), item.at("meta_data"))
    plain = [(key, value) for key, value in _metadata(order) if not (isinstance(value, str) and " " in value)]
    found.keep("", plain, order.at("meta_data"), lost=len(_metadata(order)) - len(plain))
    if found.lost:
        found.kept.append(("meta_left_out", str(sum(each.count for each in found.lost))))
    return tuple(found.kept), tuple(found.lost)


def _metadata(holder: Node) -> Sequence[tuple[Any, Any]]:
    """The keys and values that are not read as something of their own."""
    pairs = [(meta.value.get("key"), meta.value.get("value")) for meta in holder.items("meta_data")]
    read = _POINTS | _TAX_NUMBERS
    return [(key, value) for key, value in pairs if not (type(key) is str and _bare(key) in read)]


@attrs.define
class _Extras:
    """What is kept of metadata, and how much is not."""

    kept: list[tuple[str, str]] = attrs.field(factory=list)
    lost: list[LeftOut] = attrs.field(factory=list)

    def keep(
        self, prefix: str, pairs: Sequence[tuple[Any, Any]], path: str, *, lost: int = 0, human: bool = False
    ) -> None:
        for key, value in pairs:
            text = str(value) if type(value) is int else value
            if text is None or text == "":
                continue
            safe = len(self.kept) < _MOST_EXTRAS and type(key) is str and (human or not _is_personal(key, text))
            name = _code_or_none(f"{prefix}{key}") if safe else None
            if name is None or not (human or _code_or_none(text)):
                lost += 1
            else:
                self.kept.append((name, text))
        if lost:
            self.lost.append(LeftOut(path=path, count=lost))


def _is_personal(key: str, value: object) -> bool:
    bare = _bare(key)
    parts = bare.split("_")
    words = (word in bare if len(word) >= _SHORT else word in parts for word in _PERSONAL)
    return any(words) or (isinstance(value, str) and "@" in value)


def _code_or_none(text: object) -> str | None:
    try:
        return code(text, "") if type(text) is str else None
    except InvalidInputError:
        return None


# Lines and amounts


def _line(item: Node, currency: str, rates: Rates, inclusive: bool) -> RecordedLine:
    count = item.whole("quantity")
    quantity(count, item.at("quantity"))
    net, vat = _net_and_vat(item, currency)
    if net.minor < 0 or vat.minor < 0:
        raise item.refuse("total" if net.minor < 0 else "total_tax", "must not be negative")
    list_net = item.amount("subtotal", currency, missing=net.text)
    list_vat = item.amount("subtotal_tax", currency, missing=vat.text)
    listed = list_net + list_vat if inclusive else list_net
    if listed.minor < 0:
        raise item.refuse("subtotal", "must not be negative")
    sku = item.code("sku") or _made_sku(item)
    return RecordedLine(
        line=Line(
            line=str(item.id()),
            sku=sku,
            name=item.title("name") or sku,
            quantity=count,
            unit_price=Money(round_half_up(listed.minor, count), currency),
            vat=rates.of(item, net, vat),
            price_includes_vat=inclusive,
        ),
        gross=net + vat,
        vat=vat,
        discount=max(list_net + list_vat - net - vat, Money.zero(currency)),
    )


def _made_sku(item: Node) -> str:
    product, variation = (
        item.whole(key) if item.value.get(key) is not None else 0 for key in ("product_id", "variation_id")
    )
    if product < 0 or variation < 0:
        raise item.refuse("product_id", "expected a whole number")
    return code(f"wc-{product}-{variation}" if variation else f"wc-{product}", item.at("product_id"))


def _net_and_vat(item: Node, currency: str) -> tuple[Money, Money]:
    return item.amount("total", currency), item.amount("total_tax", currency, missing="0")


def _amount(item: Node, charge: RecordedCharge, currency: str, rates: Rates) -> RecordedAmount:
    net, vat = _net_and_vat(item, currency)
    name = item.code("method_id") if charge is RecordedCharge.DELIVERY else f"fee-{item.id()}"
    if charge is RecordedCharge.DELIVERY and net.minor < 0:
        raise item.refuse("total", "must not be negative")
    return RecordedAmount(
        code=name or _NO_METHOD, charge=charge, gross=net + vat, vat=vat, rate=rates.of(item, net, vat)
    )


def _units(item: Node, recorded: RecordedLine) -> Iterator[Line]:
    """The line at what it was sold for; two lines where that does not divide by the quantity."""
    line = recorded.line
    sold = recorded.gross if line.price_includes_vat else recorded.gross - recorded.vat
    price, more = divmod(sold.minor, line.quantity)
    if not more:
        yield attrs.evolve(line, unit_price=Money(price, sold.currency))
        return
    yield attrs.evolve(line, quantity=more, unit_price=Money(price + 1, sold.currency))
    yield attrs.evolve(
        line, line=f"{line.line}-2", quantity=line.quantity - more, unit_price=Money(price, sold.currency)
    )


def _fee_line(fee: Node, charge: RecordedAmount, inclusive: bool) -> Line:
    return Line(
        line=charge.code,
        sku="fee",
        name=fee.title("name") or "fee",
        quantity=1,
        unit_price=charge.gross if inclusive else charge.gross - charge.vat,
        vat=charge.rate,
        price_includes_vat=inclusive,
        tracked=False,
    )


# Refunds


def _refunds(order: Node, told: Sequence[Refund], currency: str, at: datetime) -> tuple[RecordedRefund, ...]:
    """The order's own list, with the detail of the refund documents, and what only these tell."""
    found: dict[str, RecordedRefund] = {}
    for entry in order.items("refunds"):
        amount = entry.amount("total", currency)
        if amount.minor > 0:
            raise entry.refuse("total", "expected an amount of zero or less")
        if str(entry.id()) in found:
            raise entry.refuse("id", f"{entry.id()} is given twice")
        found[str(entry.id())] = RecordedRefund(external=str(entry.id()), amount=-amount, at=at)
    listed = set(found)
    documents: dict[str, RecordedRefund] = {}
    for refund in told:
        recorded = refund.recorded(currency)
        name = recorded.external
        known = documents.get(name)
        if (known is not None and known != recorded) or (name in listed and found[name].amount != recorded.amount):
            raise refund.node.refuse("amount", f"refund {name} is told with different amounts")
        documents[name] = found[name] = recorded
    return tuple(found.values())
