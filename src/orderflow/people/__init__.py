"""The people of an order: their data, whether it will do, and its erasure."""

from ._checks import Problem, check_address, check_contact, check_tax_number, nip_is_valid
from ._data import Address, Contact, Person
from ._erasure import (
    WIRE_NAMES,
    Command,
    ErasePerson,
    Erasure,
    Event,
    Facts,
    PersonErased,
    Rejection,
    State,
    StillNeeded,
    decide,
    decider,
    evolve,
    fold,
)

__all__ = (
    "WIRE_NAMES",
    "Address",
    "Command",
    "Contact",
    "ErasePerson",
    "Erasure",
    "Event",
    "Facts",
    "Person",
    "PersonErased",
    "Problem",
    "Rejection",
    "State",
    "StillNeeded",
    "check_address",
    "check_contact",
    "check_tax_number",
    "decide",
    "decider",
    "evolve",
    "fold",
    "nip_is_valid",
)
