"""Everything that can be asked of an order's file, and every reason why not."""

from __future__ import annotations

from typing import TypeAlias

from .. import coupons, giftcards, loyalty, orders, payments, people, returns, shipping, stock

__all__ = ("Command", "Rejection")

Command: TypeAlias = (
    orders.Command
    | payments.Command
    | stock.Command
    | coupons.Command
    | loyalty.Command
    | shipping.Command
    | returns.Command
    | people.Command
)
Rejection: TypeAlias = (
    orders.Rejection
    | payments.Rejection
    | stock.Rejection
    | coupons.Rejection
    | shipping.Rejection
    | returns.Rejection
    | people.Rejection
    | giftcards.TaxedOtherwise
)
