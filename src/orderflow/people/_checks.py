"""
Whether personal data is good enough to deliver and invoice with. Every problem is named, not only the first.

Postal code forms follow the Universal Postal Union's country sheets. Countries that are not listed are not judged
beyond "there must be one". Every check takes time linear in a bounded text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from ._data import Address, Contact


@attrs.frozen(kw_only=True)
class Problem:
    """What is wrong with the field at ``path``: a stable code for wording, never the personal value itself."""

    path: str
    code: str
    params: tuple[tuple[str, str], ...] = ()


_POSTAL_CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "HR", "IT", "UA"), ("[0-9]{5}", "12345")),
        **dict.fromkeys(("AT", "BE", "BG", "CH", "CY", "DK", "HU", "NO", "SI"), ("[0-9]{4}", "1234")),
        **dict.fromkeys(("CZ", "GR", "SK"), ("[0-9]{3} ?[0-9]{2}", "123 45")),
        "GB": ("[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|GIR ?0AA", "SW1A 1AA"),
        "LT": ("(?:LT-)?[0-9]{5}", "LT-01234"),
        "LU": ("(?:L-)?[0-9]{4}", "1234"),
        "LV": ("(?:LV-)?[0-9]{4}", "LV-1234"),
        "NL": ("[0-9]{4} ?[A-Z]{2}", "1234 AB"),
        "PL": ("[0-9]{2}-[0-9]{3}", "00-950"),
        "PT": ("[0-9]{4}-[0-9]{3}", "1000-001"),
        "RO": ("[0-9]{6}", "012345"),
        "SE": ("(?:SE-)?[0-9]{3} ?[0-9]{2}", "123 45"),
        "US": ("[0-9]{5}(?:-[0-9]{4})?", "12345"),
    }
)
_POSTAL_CODE_OPTIONAL = frozenset(
    """
    AE AG AO AW BI BJ BO BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK IE KI KM KN ML MO MR MW NR NU
    PA QA RW SB SC SL SR SS ST SX SY TD TG TK TL TO TV UG VU YE ZW
    """.split()
)
_PUNCTUATION = str.maketrans("", "", " \u00a0()-./")
_PHONE = re.compile(r"(\+|00)?([0-9]{6,15})")
_EMAIL_SIGNS = frozenset("!#$%&'*+-/=?^_`{|}~")
_NIP = re.compile("[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}")  # no tax office code has two zeros at its end
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_TAX_NUMBER = re.compile("[0-9A-Z]{4,15}")


def check_contact(contact: Contact, country: str) -> tuple[Problem, ...]:
    """Problems of a contact in *country*: a name, and an e-mail address or a phone number that can be real."""
    problems = []
    if not contact.name.strip():
        problems.append(Problem(path="name", code="missing"))
    if contact.email is None and contact.phone is None:
        problems.append(Problem(path="email", code="email_or_phone_missing"))
    if contact.email is not None and not _is_email(contact.email):
        problems.append(Problem(path="email", code="malformed", params=(("example", "anna@example.com"),)))
    if contact.phone is not None and not _is_phone(contact.phone, country):
        example = "+48 600 100 200" if country == "PL" else "+49 30 1234567"
        problems.append(Problem(path="phone", code="malformed", params=(("example", example),)))
    return tuple(problems)


def check_address(address: Address) -> tuple[Problem, ...]:
    """Problems of a postal address; a company name will do in place of a person's."""
    problems = []
    if not (address.name.strip() or address.company.strip()):
        problems.append(Problem(path="name", code="missing"))
    problems += [
        Problem(path=path, code="missing") for path in ("street", "city") if not getattr(address, path).strip()
    ]
    return (*problems, *_check_postal_code(address.postal_code.strip().upper(), address.country))


def _check_postal_code(text: str, country: str) -> tuple[Problem, ...]:
    if not text:
        return () if country in _POSTAL_CODE_OPTIONAL else (Problem(path="postal_code", code="missing"),)
    form, example = _POSTAL_CODES.get(country, (".*", ""))
    if re.fullmatch(form, text):
        return ()
    return (Problem(path="postal_code", code="malformed", params=(("country", country), ("example", example))),)


def _is_email(text: str) -> bool:
    if len(text) > 254:
        return False
    local, at, domain = text.rpartition("@")
    return bool(at) and _is_mailbox(local) and _is_domain(domain)


def _is_mailbox(local: str) -> bool:
    parts = local.split(".")
    return len(local) <= 64 and all(part and all(map(_is_mailbox_character, part)) for part in parts)


def _is_mailbox_character(character: str) -> bool:
    return character.isalnum() or character in _EMAIL_SIGNS


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) >= 2 and not labels[-1].isdigit() and all(map(_is_label, labels))


def _is_label(label: str) -> bool:
    inner = label.replace("-", "")
    return len(label) <= 63 and inner.isalnum() and label[0] != "-" and label[-1] != "-"


def _is_phone(text: str, country: str) -> bool:
    match = _PHONE.fullmatch(text.translate(_PUNCTUATION))
    if match is None:
        return False
    prefix, digits = match.groups()
    if not prefix:
        return country != "PL" or _is_polish_number(digits)
    return _is_polish_number(digits[2:]) if digits.startswith("48") else digits[0] != "0"


def _is_polish_number(digits: str) -> bool:
    return len(digits) == 9 and digits[0] != "0"


def nip_is_valid(text: str) -> bool:
    """
    Whether *text* can be a Polish tax number (NIP); spaces, dashes and a leading ``PL`` do not matter.

    The form is that of the Ministry of Finance's XML types; the check digit is the weighted sum modulo 11.

    >>> nip_is_valid("526-10-40-828"), nip_is_valid("5261040829")
    (True, False)
    """
    if len(text) > 20:
        return False
    digits = _compact(text).removeprefix("PL")
    if not _NIP.fullmatch(digits):
        return False
    return sum(weight * int(digit) for weight, digit in zip(_NIP_WEIGHTS, digits, strict=False)) % 11 == int(digits[9])


def check_tax_number(text: str, country: str) -> tuple[Problem, ...]:
    """Problems of a tax number: a Polish one is checked to its last digit, others only for their shape."""
    right = nip_is_valid(text) if country == "PL" else len(text) <= 30 and _TAX_NUMBER.fullmatch(_compact(text))
    return () if right else (Problem(path="tax_number", code="malformed", params=(("country", country),)),)


def _compact(text: str) -> str:
    return text.upper().translate(_PUNCTUATION)
