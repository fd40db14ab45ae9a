"""Files of documents: what can be recorded, and what cannot, with the reason and the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ...errors import InvalidInputError, OrderflowError
from ...orders import NotPlaced, RecordOrder, RecordRefunds
from ...runtime.shop import CommandRejected, Shop
from ...runtime.views import OrderView
from ._fields import Node
from ._json import LARGEST_DOCUMENT, is_too_large, parse
from ._order import SYSTEM, LeftOut, left_out, record_of
from ._refund import Refund, check_order, read_refund

_MOST_DOCUMENTS = 100_000
_BATCH = ("create", "update", "delete")
_NO_DELETING = "orders are not deleted here; cancel the order, or leave it as it is"


@attrs.frozen(kw_only=True)
class Refused:
    """What could not be taken: the place in the file, and what is wrong there."""

    path: str
    problem: str


@attrs.frozen(kw_only=True)
class RefundOf:
    """A refund whose order is in none of the documents: for an order that is in the shop already, by its id there."""

    order: str
    path: str
    refund: Refund = attrs.field(repr=False)

    def command(self, currency: str) -> RecordRefunds:
        """
        The refund for the shop, in the *currency* of its order, which the document does not name.

        Raises:
            InvalidInputError: it is in another currency.
        """
        return RecordRefunds(order=f"{SYSTEM}:{self.order}", refunds=(self.refund.recorded(currency),))


@attrs.frozen(kw_only=True)
class Reading:
    """
    What files hold.

    ``documents`` are the accepted order documents, each of which :func:`to_place` and :func:`to_record` take, and
    ``orders`` the commands that record them, in the same order, with all their refunds. ``refunds`` belong to
    orders that are not among them. ``left_out`` counts metadata that is not kept.
    """

    documents: tuple[Mapping[str, Any], ...] = ()
    orders: tuple[RecordOrder, ...] = ()
    refunds: tuple[RefundOf, ...] = ()
    refused: tuple[Refused, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@attrs.frozen(kw_only=True)
class Adopted:
    """What became of a reading in a shop: the orders as they are now, and what the shop could not take."""

    orders: tuple[OrderView, ...] = ()
    refused: tuple[Refused, ...] = ()


def read(data: bytes | str, *, order: str | None = None) -> Reading:
    """
    Read one file: an order, a list of orders, a batch (``create``, ``update``, ``delete``), a refund or refunds.

    *order* is the id of the order that refunds belong to where they do not say so by ``_links.up`` or ``parent_id``.
    Never raises: what cannot be read is among ``refused``, and everything else is read all the same.
    """
    return _read({"": data}, order)


def read_all(files: Mapping[str, bytes | str]) -> Reading:
    """
    Read several files, by name, as one: refunds find their order in whichever file it is.

    Paths begin with the file's name: ``orders.json/[2].line_items[0].total``.
    """
    return _read(files, None)


def adopt(shop: Shop, reading: Reading) -> Adopted:
    """
    Record everything of a *reading* in *shop*, one order at a time: each wholly or not at all.

    Reading and adopting the same files again changes nothing.
    """
    views: dict[str, OrderView] = {}
    refused: list[Refused] = []
    for command in reading.orders:
        number = ":".join(command.numbers[0])
        try:
            view = shop.do(command)
        except OrderflowError as error:
            refused.append(Refused(path=number, problem=_why(error)))
        else:
            views[view.id] = view
    for refund in reading.refunds:
        try:
            currency = shop.order(f"{SYSTEM}:{refund.order}").order.currency
            view = shop.do(refund.command(currency))
        except OrderflowError as error:
            refused.append(Refused(path=refund.path, problem=_why(error, refund.order)))
        else:
            views[view.id] = view
    return Adopted(orders=tuple(views.values()), refused=tuple(refused))


def _why(error: OrderflowError, order: str = "") -> str:
    if not isinstance(error, CommandRejected):
        return str(error)
    if order and any(isinstance(reason, NotPlaced) for reason in error.reasons):
        return f"order {order} is not known here"
    return "; ".join(repr(reason) for reason in error.reasons)


@attrs.define
class _Found:
    orders: list[Node] = attrs.field(factory=list)
    refunds: list[Refund] = attrs.field(factory=list)
    refused: list[Refused] = attrs.field(factory=list)

    def refuse(self, error: InvalidInputError, name: str = "") -> None:
        path = error.path if not name else f"{name}/{error.path}".rstrip("/")
        self.refused.append(Refused(path=path, problem=error.problem))


def _read(files: Mapping[str, bytes | str], order: str | None) -> Reading:
    found = _Found()
    for name, data in files.items():
        try:
            value = parse(data)
            belongs_to = None if order is None else check_order(order)
        except InvalidInputError as error:
            found.refuse(error, name)
        else:
            _sort(value, f"{name}/" if name else "", belongs_to, found)
    return _joined(found)


def _sort(value: Any, prefix: str, order: str | None, found: _Found) -> None:
    if isinstance(value, dict) and any(isinstance(value.get(key), list) for key in _BATCH) and "id" not in value:
        for key in (key for key in value if key not in _BATCH):
            found.refused.append(Refused(path=f"{prefix}{key[:64]}", problem="is no part of a batch"))
        for key in ("create", "update"):
            _sort_list(value.get(key) or [], f"{prefix}{key}", order, found)
        deleted = value.get("delete")
        for index in range(len(deleted) if isinstance(deleted, list) else 0):
            found.refused.append(Refused(path=f"{prefix}delete[{index}]", problem=_NO_DELETING))
    elif isinstance(value, list):
        _sort_list(value, prefix, order, found)
    else:
        _sort_one(value, prefix.rstrip("/"), prefix, order, found)


def _sort_list(values: Any, prefix: str, order: str | None, found: _Found) -> None:
    if not isinstance(values, list) or len(values) > _MOST_DOCUMENTS:
        problem = f"expected a list of at most {_MOST_DOCUMENTS} documents"
        found.refused.append(Refused(path=prefix.rstrip("/"), problem=problem))
        return
    for index, value in enumerate(values):
        _sort_one(value, f"{prefix}[{index}]", f"{prefix}[{index}]", order, found)


def _sort_one(value: Any, place: str, path: str, order: str | None, found: _Found) -> None:
    if not isinstance(value, dict):
        problem = f"expected an order or a refund as an object, got {type(value).__name__}"
        found.refused.append(Refused(path=place, problem=problem))
    elif is_too_large(value):
        found.refused.append(Refused(path=place, problem=f"a document has at most {LARGEST_DOCUMENT} characters"))
    elif not _is_refund(value):
        found.orders.append(Node(value, path))
    else:
        try:
            refund = read_refund(Node(value, path), order)
            if refund.order is None:
                raise refund.node.refuse("_links", "does not say to which order the refund belongs")
            found.refunds.append(refund)
        except InvalidInputError as error:
            found.refuse(error)


def _is_refund(value: Mapping[str, Any]) -> bool:
    return "amount" in value and "status" not in value and "billing" not in value


def _joined(found: _Found) -> Reading:
    documents: list[Mapping[str, Any]] = []
    commands: list[RecordOrder] = []
    left: list[LeftOut] = []
    unclaimed: dict[str, list[Refund]] = {}
    for refund in found.refunds:
        unclaimed.setdefault(refund.order or "", []).append(refund)
    claimed: set[str] = set()
    for order in found.orders:
        number = str(order.value.get("id"))
        told = unclaimed.get(number, [])
        try:
            command = _recorded(order, told, found)
        except InvalidInputError as error:
            found.refuse(error)
            continue
        claimed.add(number)
        documents.append(order.value)
        commands.append(command)
        left.extend(left_out(order))
    return Reading(
        documents=tuple(documents),
        orders=tuple(commands),
        refunds=tuple(
            RefundOf(order=number, path=refund.node.path.rstrip("/"), refund=refund)
            for number, refunds in unclaimed.items()
            if number not in claimed
            for refund in refunds
        ),
        refused=tuple(dict.fromkeys(found.refused)),
        left_out=tuple(left),
    )


def _recorded(order: Node, told: list[Refund], found: _Found) -> RecordOrder:
    """The order with its refund documents; where these contradict it, the order without them, and they are refused."""
    alone = record_of(order, ())
    if not told:
        return alone
    try:
        return record_of(order, told)
    except InvalidInputError as error:
        for refund in told:
            problem = f"contradicts the order at {error.path}: {error.problem}"
            found.refused.append(Refused(path=refund.node.path.rstrip("/"), problem=problem))
        return alone
