"""Money that is kept here: gift cards and store credit pay at once, and the rest is asked for as before."""

from __future__ import annotations

from collections.abc import Iterator

from ..decisions import Accepted, Rejected
from ..money import Money, total_of
from ._commands import ChooseRefundForm, Facts, PayWithGiftCard, PayWithStoreCredit, StoredValue
from ._events import Event, PaymentRequested, PaymentSuperseded, RefundFormChosen, StoredValueTaken
from ._guards import ALREADY_SO, Decision, beyond_due, if_news, wrong_currency
from ._queries import due, open_attempts
from ._rejections import (
    AlreadyAuthorised,
    ExceedsBalance,
    GiftCardNotUsable,
    NoStoreCredit,
    Rejection,
)
from ._state import AttemptStage, Payments, RefundForm, TenderKind


def pay(command: PayWithGiftCard | PayWithStoreCredit, state: Payments, facts: Facts) -> Decision:
    """As much as was asked for, or nothing; where no amount was named, as much as can be."""
    account = command.card if isinstance(command, PayWithGiftCard) else facts.store_credit
    before = _paid_from(state, account, facts.owed.currency)
    value, asked = facts.value, command.amount
    if asked is not None and (wrong := wrong_currency(facts, asked)):
        return Rejected(wrong)
    payable = due(state, facts.owed) - (facts.collecting or Money.zero(facts.owed.currency))
    if before and (payable.minor <= 0 or (value is None if asked is None else before >= asked)):
        return ALREADY_SO
    if value is None:
        return Rejected((*_nothing_due(payable), _not_usable(command)))
    if wrong := wrong_currency(facts, value.available):
        return Rejected(wrong)
    amount = min(payable, value.available) if asked is None else asked - before
    reasons = tuple(_against(amount, payable, value, state))
    return Rejected(reasons) if reasons else Accepted(tuple(_paid(command, amount, value, state, facts)))


def _paid_from(state: Payments, account: str, currency: str) -> Money:
    """What a gift card or store credit has paid of an order, whatever went back since."""
    return total_of((each.captured for each in state.attempts if account and each.account == account), currency)


def _not_usable(command: PayWithGiftCard | PayWithStoreCredit) -> Rejection:
    return GiftCardNotUsable() if isinstance(command, PayWithGiftCard) else NoStoreCredit()


def _nothing_due(payable: Money) -> tuple[Rejection, ...]:
    return beyond_due(payable, payable)


def _against(amount: Money, payable: Money, value: StoredValue, state: Payments) -> Iterator[Rejection]:
    yield from beyond_due(amount, payable)
    if amount > value.available:
        yield ExceedsBalance(available=value.available)
    for attempt in open_attempts(state):
        if attempt.stage is AttemptStage.AUTHORISED:
            yield AlreadyAuthorised(attempt=attempt.number)


def _paid(
    command: PayWithGiftCard | PayWithStoreCredit, amount: Money, value: StoredValue, state: Payments, facts: Facts
) -> Iterator[Event]:
    standing = tuple(open_attempts(state))
    number = len(state.attempts) + 1
    for attempt in standing:
        yield PaymentSuperseded(attempt=attempt.number, at=facts.at)
    yield StoredValueTaken(
        attempt=number,
        kind=TenderKind.GIFT_CARD if isinstance(command, PayWithGiftCard) else TenderKind.STORE_CREDIT,
        account=value.account,
        amount=amount,
        taxed=value.taxed,
        at=facts.at,
    )
    rest = due(state, facts.owed) - amount
    if standing and rest:
        former = standing[-1]
        yield PaymentRequested(
            attempt=number + 1,
            method=former.method,
            gateway=former.gateway,
            kind=former.kind,
            amount=rest,
            at=facts.at,
        )


def choose_refund_form(command: ChooseRefundForm, state: Payments, facts: Facts) -> Decision:
    """From now on; what is on its way back already is not called back."""
    to_credit = command.form is RefundForm.STORE_CREDIT
    if to_credit and not facts.store_credit:
        return Rejected((NoStoreCredit(),))
    account = facts.store_credit if to_credit else ""
    return if_news(RefundFormChosen(form=command.form, account=account, at=facts.at), state)
