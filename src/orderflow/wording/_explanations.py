"""A price in words: every amount, what each promotion took from where, and why others took nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import assert_never

import attrs

from ..money import Money
from ..pricing import (
    KINDS,
    AppliedRow,
    Beaten,
    Excluded,
    Explanation,
    GiftNotInBasket,
    LineOff,
    NoAlternative,
    NothingToReduce,
    NotNow,
    NotTheCase,
    NotThisOrder,
    OtherCurrency,
    Proof,
    Quote,
    Reason,
    RuledOut,
    Stopped,
    TooFewUnits,
    TotalTooLow,
)
from ._catalog import Voice, voice

__all__ = ("explain", "reason")

_ONLY = MappingProxyType(
    {
        "channel": "reason.not_the_case.channel",
        "country": "reason.not_the_case.country",
        "coupon": "reason.not_the_case.coupon",
        "customer_group": "reason.not_the_case.customer_group",
        "delivery_method": "reason.not_the_case.delivery_method",
        "loyalty_tier": "reason.not_the_case.loyalty_tier",
        "payment_method": "reason.not_the_case.payment_method",
    }
)
_CONDITIONS = MappingProxyType({kind.__name__: name for kind, name in KINDS.items()})


def explain(priced: Quote | Explanation, language: str, law: str | None = None) -> str:
    """
    A price told in full, in several lines; moments in the zone of *law*, or in UTC.

    Promotions have names where an explanation was made with them: ``explain(quote.explain(promotions), "pl")``.
    """
    told = priced.explain() if isinstance(priced, Quote) else priced
    speaker = _Speaker(voice=voice(language, law), names=told.names)
    blocks = (_amounts(speaker, told), _applied(speaker, told), _not_applied(speaker, told), _verdict(speaker, told))
    return "\n\n".join(filter(None, map("\n".join, blocks)))


def reason(reason: Reason, language: str, law: str | None = None) -> str:
    """
    Why a promotion does not apply, with what is missing; other promotions are called by their ids.

    >>> from orderflow.pricing import TooFewUnits
    >>> reason(TooFewUnits(needed=5, found=3), "en")
    'Add 2 more units: it applies from 5 units on.'
    """
    return _Speaker(voice=voice(language, law), names={}).why(reason)


@attrs.frozen(kw_only=True)
class _Speaker:
    """A voice that knows what promotions are called."""

    voice: Voice
    names: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        return self.voice.say(key, **values)

    def why(self, reason: Reason) -> str:
        match reason:
            case TotalTooLow(needed=needed, discounted=discounted):
                key = "reason.total_too_low.discounted" if discounted else "reason.total_too_low"
                return self.say(key, missing=reason.missing, needed=needed)
            case TooFewUnits(needed=needed):
                return self.say("reason.too_few_units", missing=reason.missing, needed=needed)
            case NotTheCase():
                return self._only(reason)
            case NotThisOrder(number=number, found=found):
                key = "reason.not_this_order.unknown" if found is None else "reason.not_this_order"
                return self.say(key, number=number, found=found)
            case NotNow():
                return self._when(reason)
            case RuledOut(condition=condition):
                key = f"condition.{_CONDITIONS.get(condition, condition)}"
                return self.say("reason.ruled_out", condition=self.say(key) if self.voice.knows(key) else condition)
            case NoAlternative(reasons=reasons):
                ways = "; ".join(self.why(each).removesuffix(".") for each in reasons)
                return f"{self.say('reason.no_alternative')} {ways or self.say('none')}."
            case OtherCurrency(currency=currency):
                return self.say("reason.other_currency", currency=currency)
            case NothingToReduce():
                return self.say("reason.nothing_to_reduce")
            case GiftNotInBasket(sku=sku, units=units):
                return self.say("reason.gift_not_in_basket", sku=sku, units=units)
            case Stopped(by=by):
                return self.say("reason.stopped", by=self._called(by))
            case Excluded(by=by, would_have_saved=saved):
                return self.say("reason.excluded", by=self._called(by), saved=saved)
            case Beaten(by=by, would_have_saved=saved):
                key = "reason.beaten" if by else "reason.beaten.others"
                return self.say(key, by=tuple(map(self._called, by)), saved=saved)
            case _:
                assert_never(reason)

    def _called(self, promotion: str) -> str:
        return self.names.get(promotion, promotion)

    def _only(self, reason: NotTheCase) -> str:
        key = _ONLY.get(reason.what)
        if key is None or not reason.wanted:
            return self.say("reason.not_the_case", what=reason.what)
        countries = self.voice.locale.territories if reason.what == "country" else {}
        return self.say(key, wanted=tuple(countries.get(code, code) for code in reason.wanted))

    def _when(self, reason: NotNow) -> str:
        if reason.starts and reason.ends:
            return self.say("reason.not_now.between", starts=reason.starts, ends=reason.ends)
        if reason.starts:
            return self.say("reason.not_now.from", starts=reason.starts)
        return self.say("reason.not_now.before", ends=reason.ends) if reason.ends else self.say("reason.not_now")


def _amounts(speaker: _Speaker, told: Explanation) -> Iterator[str]:
    yield speaker.say("explain")
    for line in told.lines:
        key = "explain.line" if line.price_includes_vat else "explain.line.net"
        listed = line.unit_price * line.quantity
        text = speaker.say(key, sku=line.sku, quantity=line.quantity, unit_price=line.unit_price, listed=listed)
        yield text + _to_pay(speaker, listed, line.discount, line.gross)
    for line in told.lines:
        if deposit := line.deposit:
            values = {"quantity": line.quantity, "each": line.unit_deposit, "deposit": deposit}
            yield speaker.say("explain.deposit", sku=line.sku, **values)
    if delivery := told.delivery:
        key = "explain.delivery" if delivery.price_includes_vat else "explain.delivery.net"
        text = speaker.say(key, method=delivery.code, listed=delivery.listed)
        yield text + _to_pay(speaker, delivery.listed, delivery.discount, delivery.gross)
    if fee := told.fee:
        key = "explain.fee" if fee.price_includes_vat else "explain.fee.net"
        text = speaker.say(key, method=fee.code, listed=fee.listed)
        yield text + _to_pay(speaker, fee.listed, Money.zero(fee.listed.currency), fee.gross)
    yield speaker.say("summary.total", total=told.total)
    yield speaker.say("summary.vat", vat=told.vat_total)
    for group in told.vat:
        rate = Decimal(group.rate.percent)
        yield speaker.say("summary.vat.group", rate=rate, vat=group.vat, gross=group.gross)


def _to_pay(speaker: _Speaker, listed: Money, discount: Money, gross: Money) -> str:
    off = f", {speaker.say('explain.discount', discount=discount)}" if discount else ""
    return off if gross == listed else f"{off}, {speaker.say('explain.to_pay', gross=gross)}"


def _applied(speaker: _Speaker, told: Explanation) -> Iterator[str]:
    if told.applied:
        yield speaker.say("explain.applied")
    for row in told.applied:
        yield speaker.say("explain.promotion", name=row.name, amount=row.amount)
        yield from (f"  {part}" for part in _parts(speaker, row))


def _parts(speaker: _Speaker, row: AppliedRow) -> Iterator[str]:
    for line in row.lines:
        yield speaker.say("explain.part", sku=line.sku, amount=line.amount) + _by_unit(speaker, line)
    if row.delivery:
        yield speaker.say("explain.part.delivery", amount=row.delivery)


def _by_unit(speaker: _Speaker, line: LineOff) -> str:
    if [run.units for run in line.units] == [1]:
        return ""
    runs = [speaker.say("explain.units", units=run.units, amount=run.amount) for run in line.units if run.amount]
    return f" ({', '.join(runs)})"


def _not_applied(speaker: _Speaker, told: Explanation) -> Iterator[str]:
    if told.not_applied:
        yield speaker.say("explain.not_applied")
    for row in told.not_applied:
        reasons = " ".join(map(speaker.why, row.reasons)) or speaker.say("none")
        yield f"{speaker.say('explain.refused', name=row.name)} {reasons}"


def _verdict(speaker: _Speaker, told: Explanation) -> Iterator[str]:
    if told.saved:
        yield speaker.say("explain.saved", amount=told.saved)
    match told.proof:
        case None:
            pass
        case Proof(proven=True):
            yield speaker.say("explain.proven")
        case Proof(at_most_more=more):
            yield speaker.say("explain.at_most", amount=more)
