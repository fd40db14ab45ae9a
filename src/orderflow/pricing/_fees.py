"""What each way to pay would cost for a basket, who may choose it, and the fee of the chosen one."""

from __future__ import annotations

import attrs

from ..money import Money
from ._payment import Fee, PaymentNotOffered, PaymentOffer, PaymentTerms, QuotedFee
from ._rejections import PaymentRefusal, UnknownPaymentMethod
from ._tax import ChargePart, Taxes, tax_charge
from ._till import Till


@attrs.frozen
class Fees:
    """The ways to pay; ``parts`` tax the fee of the chosen one, ``reasons`` are those for which it is rejected."""

    offers: tuple[PaymentOffer, ...] = ()
    not_offered: tuple[PaymentNotOffered, ...] = ()
    chosen: QuotedFee | None = None
    parts: tuple[ChargePart, ...] = ()
    reasons: tuple[UnknownPaymentMethod | PaymentRefusal, ...] = ()

    @property
    def gross(self) -> int:
        """What the chosen way adds to the total."""
        return self.chosen.gross.minor if self.chosen else 0


NO_FEES = Fees()


def fees(
    payments: tuple[PaymentTerms, ...], till: Till, goods: Taxes, delivery: tuple[ChargePart, ...], before: int
) -> Fees:
    """All ways to pay what comes to *before* without their fees."""
    basket, currency = till.basket, till.basket.currency
    priced = {terms.code: _fee(terms, till, goods, delivery) for terms in payments}
    gross = {code: found[0].gross if found else Money(0, currency) for code, found in priced.items()}

    def refusals(terms: PaymentTerms, allowed: tuple[str, ...] = ()) -> tuple[PaymentRefusal, ...]:
        total = Money(before, currency) + gross[terms.code]
        return tuple(terms.refusals(total, basket.country, basket.delivery_method, allowed))

    allowed = tuple(terms.code for terms in payments if not refusals(terms))
    offers = tuple(PaymentOffer(code=code, fee=gross[code]) for code in allowed)
    not_offered = tuple(
        PaymentNotOffered(
            code=terms.code,
            fee=None if terms.fee and priced[terms.code] is None else gross[terms.code],
            reasons=refusals(terms, allowed),
        )
        for terms in payments
        if terms.code not in allowed
    )
    method = basket.circumstances.payment_method
    if method is not None and method not in priced:
        return Fees(offers, not_offered, reasons=(UnknownPaymentMethod(method=method, allowed=allowed),))
    chosen, parts = priced.get(method or "") or (None, ())
    reasons = next((each.reasons for each in not_offered if each.code == method), ())
    return Fees(offers, not_offered, chosen, parts, reasons)


def _fee(
    terms: PaymentTerms, till: Till, goods: Taxes, delivery: tuple[ChargePart, ...]
) -> tuple[QuotedFee, tuple[ChargePart, ...]] | None:
    fee: Fee | None = terms.fee
    if fee is None or fee.price.currency != till.basket.currency:
        return None
    currency, amount = fee.price.currency, fee.price.minor
    parts = tax_charge(amount, (fee.vat, fee.price_includes_vat), goods, till.policy, delivery)
    vat = sum(part.vat for part in parts)
    gross = amount if fee.price_includes_vat else amount + vat
    quoted = QuotedFee(
        code=terms.code,
        vat=fee.vat,
        price_includes_vat=fee.price_includes_vat,
        listed=fee.price,
        gross=Money(gross, currency),
        net=Money(gross - vat, currency),
        vat_amount=Money(vat, currency),
    )
    return quoted, parts
