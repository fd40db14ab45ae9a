"""
Events, people and order documents as JSON, strictly: what is read is exactly what would have been written.

An event's JSON has one key for every field of its class, in the order of the class, none left out and none added::

    Money       [1999, "PLN"]                     whole minor units and the currency
    Quantities  {"MUG": 2}                        sorted by key, never zero
    VatRate     [2300, "standard"]                basis points and the code
    Share       [gross, net, vat, discount, delivery]
    datetime    "2026-11-22T12:00:00Z"            always in UTC
    date        "2026-12-06"
    tuple       a list; pairs are lists of two
    enum        its value
    None        null

Stored events are never rewritten. A class that is stored does not change its fields: what has to be said differently
becomes a new event with a new name or version in its concept's ``WIRE_NAMES``, and the old one stays readable.

Orders come from outside as documents of their own format, see :func:`load_order`.
"""

from ._documents import LARGEST_DOCUMENT, ORDER_FORMAT, dump_order, load_order
from ._events import PERSON_FORMAT, Event, dump, dump_person, load, load_person

__all__ = (
    "LARGEST_DOCUMENT", "ORDER_FORMAT", "PERSON_FORMAT", "Event", "dump", "dump_order", "dump_person", "load",
    "load_order", "load_person",
)  # fmt: skip
