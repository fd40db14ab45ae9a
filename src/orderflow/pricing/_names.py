"""
What the kinds of promotions, conditions, reasons, outcomes and rejections are called where they are written down.

The names are a storage format: hosts keep promotions in their databases, and orders keep what became of them. A name
never changes its meaning; what means something else gets another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import _benefits as benefits
from . import _conditions as conditions
from . import _reasons as reasons
from . import _rejections as rejections

KINDS: Mapping[type, str] = MappingProxyType(
    {
        conditions.All: "all",
        conditions.AnyOf: "any",
        conditions.Not: "not",
        conditions.GoodsTotal: "goods_total",
        conditions.DiscountedTotal: "discounted_total",
        conditions.Units: "units",
        conditions.UnitsOfOneLine: "units_of_one_line",
        conditions.InGroup: "in_group",
        conditions.InTier: "in_tier",
        conditions.NthOrder: "nth_order",
        conditions.InCountry: "in_country",
        conditions.ByDelivery: "by_delivery",
        conditions.ByPayment: "by_payment",
        conditions.InChannel: "in_channel",
        conditions.WithCoupon: "with_coupon",
        conditions.Between: "between",
        conditions.WeeklyHours: "weekly_hours",
        conditions.HostCondition: "host",
        benefits.OrderPercent: "order_percent",
        benefits.OrderAmount: "order_amount",
        benefits.OrderPrice: "order_price",
        benefits.LinePercent: "line_percent",
        benefits.LineAmount: "line_amount",
        benefits.UnitAmount: "unit_amount",
        benefits.UnitPrice: "unit_price",
        benefits.FirstAndFurther: "first_and_further",
        benefits.LineAmountByValue: "line_amount_by_value",
        benefits.LinePercentByTotal: "line_percent_by_total",
        benefits.LinePercentByUnits: "line_percent_by_units",
        benefits.PerCompleteGroup: "per_complete_group",
        benefits.BundlePrice: "bundle_price",
        benefits.GroupDeal: "group_deal",
        benefits.PercentOffGroup: "percent_off_group",
        benefits.AmountOffGroup: "amount_off_group",
        benefits.GroupPrice: "group_price",
        benefits.GroupUnitPrice: "group_unit_price",
        benefits.NthFree: "nth_free",
        benefits.BuyGet: "buy_get",
        benefits.SetPrice: "set_price",
        benefits.Gift: "gift",
        benefits.DeliveryPercent: "delivery_percent",
        benefits.DeliveryAmount: "delivery_amount",
        benefits.DeliveryPrice: "delivery_price",
        benefits.FreeDelivery: "free_delivery",
        benefits.OrderAndDelivery: "order_and_delivery",
        benefits.HostBenefit: "host_benefit",
        reasons.Applied: "applied",
        reasons.NotApplied: "not_applied",
        reasons.TotalTooLow: "total_too_low",
        reasons.TooFewUnits: "too_few_units",
        reasons.NotTheCase: "not_the_case",
        reasons.NotThisOrder: "not_this_order",
        reasons.NotNow: "not_now",
        reasons.RuledOut: "ruled_out",
        reasons.NoAlternative: "no_alternative",
        reasons.OtherCurrency: "other_currency",
        reasons.NothingToReduce: "nothing_to_reduce",
        reasons.GiftNotInBasket: "gift_not_in_basket",
        reasons.Stopped: "stopped",
        reasons.Excluded: "excluded",
        reasons.Beaten: "beaten",
        rejections.EmptyBasket: "empty_basket",
        rejections.TooManyLines: "too_many_lines",
        rejections.DuplicateLine: "duplicate_line",
        rejections.MixedCurrencies: "mixed_currencies",
        rejections.UnknownDeliveryMethod: "unknown_delivery_method",
        rejections.CountryNotServed: "country_not_served",
        rejections.TooHeavy: "too_heavy",
        rejections.TotalTooLarge: "total_too_large",
    }
)
