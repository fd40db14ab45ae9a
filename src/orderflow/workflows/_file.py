"""An order's file: what all concepts say of it, folded from its one stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from .. import coupons, giftcards, loyalty, orders, payments, people, returns, shipping, stock
from .._changed import changed
from ..errors import UnknownEventError
from ..orders import NoOrder, Order

__all__ = ("Event", "OrderFile", "concept_of", "evolve", "fold", "split", "wire_names")

Event = (
    orders.Event
    | payments.Event
    | stock.Event
    | coupons.Event
    | loyalty.Event
    | shipping.Event
    | returns.Event
    | people.Event
)


@attrs.frozen(kw_only=True)
class OrderFile:
    """The folds of all concepts of one order."""

    orders: orders.State = NoOrder()
    payments: payments.State = payments.decider.initial
    stock: stock.State = stock.decider.initial
    coupons: coupons.State = coupons.decider.initial
    loyalty: loyalty.State = loyalty.decider.initial
    shipping: shipping.State = shipping.decider.initial
    returns: returns.State = returns.decider.initial
    people: people.State = people.decider.initial

    @property
    def order(self) -> Order:
        """The order; only to be asked of a file that has one."""
        if isinstance(self.orders, NoOrder):
            raise LookupError("this file holds no order")
        return self.orders


_CONCEPTS = (orders, payments, stock, coupons, loyalty, shipping, returns, people)
_EVOLVE: Mapping[str, Callable[[Any, Any], Any]] = {
    concept.__name__.rpartition(".")[2]: concept.decider.evolve for concept in _CONCEPTS
}
_CONCEPT_OF: Mapping[type, str] = {
    kind: concept.__name__.rpartition(".")[2] for concept in _CONCEPTS for kind in concept.WIRE_NAMES
}
wire_names: Mapping[type, str] = MappingProxyType(
    {kind: name for concept in (*_CONCEPTS, giftcards) for kind, name in concept.WIRE_NAMES.items()}
)
"""Every event class of every concept with its name in storage, those of cards included."""


def concept_of(event: object) -> str:
    """The concept an event belongs to; raises UnknownEventError where there is none."""
    try:
        return _CONCEPT_OF[type(event)]
    except KeyError:
        raise UnknownEventError(f"{type(event).__name__} is not an event of any concept") from None


def evolve(file: OrderFile, event: Event) -> OrderFile:
    """The file after one event of any concept."""
    concept = concept_of(event)
    return changed(file, **{concept: _EVOLVE[concept](getattr(file, concept), event)})


def fold(events: Iterable[Event], file: OrderFile | None = None) -> OrderFile:
    """The file after *events*, from the beginning or from *file*; no file is made for those on the way."""
    start = OrderFile() if file is None else file
    states = {name: getattr(start, name) for name in _EVOLVE}
    for event in events:
        concept = concept_of(event)
        states[concept] = _EVOLVE[concept](states[concept], event)
    return OrderFile(**states)


def split(events: Iterable[Event]) -> Mapping[str, tuple[Event, ...]]:
    """A mixed stream sorted by concept, each in its own order; raises UnknownEventError for what belongs to none."""
    sorted_out: dict[str, list[Event]] = {name: [] for name in _EVOLVE}
    for event in events:
        sorted_out[concept_of(event)].append(event)
    return {name: tuple(found) for name, found in sorted_out.items()}
