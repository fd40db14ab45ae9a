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

Documents come from outside and are meant for people too: amounts are decimal text in them. Orders (:func:`load_order`),
promotions (:func:`load_promotions`), baskets to be priced (:func:`load_basket`) and what they cost
(:func:`dump_quote`); :func:`json_schema` describes the last three.
"""

from ._baskets import BASKET_FORMAT, BasketDocument, dump_basket, load_basket
from ._documents import ORDER_FORMAT, dump_order, load_order
from ._events import PERSON_FORMAT, Event, dump, dump_person, load, load_person
from ._promotions import (
    PROMOTION_FORMAT,
    PROMOTIONS_FORMAT,
    dump_promotion,
    dump_promotions,
    load_promotion,
    load_promotions,
)
from ._quotes import QUOTE_FORMAT, dump_quote
from ._reading import LARGEST_DOCUMENT
from ._schema import json_schema

__all__ = (
    "BASKET_FORMAT", "LARGEST_DOCUMENT", "ORDER_FORMAT", "PERSON_FORMAT", "PROMOTIONS_FORMAT", "PROMOTION_FORMAT",
    "QUOTE_FORMAT", "BasketDocument", "Event", "dump", "dump_basket", "dump_order", "dump_person", "dump_promotion",
    "dump_promotions", "dump_quote", "json_schema", "load", "load_basket", "load_order", "load_person",
    "load_promotion", "load_promotions",
)  # fmt: skip
