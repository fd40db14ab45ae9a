"""The money policy: a value of declared choices."""

from __future__ import annotations

import attrs
import pytest

from orderflow.errors import InvalidInputError
from orderflow.pricing._policy import (
    DEFAULT_POLICY,
    Allocation,
    DeliveryTax,
    MoneyPolicy,
    PercentBase,
    Pick,
    Rounding,
    TaxScope,
    TaxTarget,
    Weights,
)


def test_the_default_is_the_polish_method_by_rate() -> None:
    """VAT itself is rounded, halves up, once per rate; what does not divide goes to the largest remainders."""
    assert attrs.astuple(DEFAULT_POLICY) == (
        Rounding.HALF_UP,
        Allocation.LARGEST_REMAINDER,
        Weights.LISTED,
        PercentBase.REMAINING,
        Pick.CHEAPEST,
        TaxScope.RATE_GROUP,
        TaxTarget.TAX,
        Rounding.HALF_UP,
        DeliveryTax.OWN,
    )


def test_vat_is_rounded_as_the_law_says_whatever_discounts_are() -> None:
    """Prices rounded half up mean discounts rounded half down; that says nothing about VAT."""
    assert MoneyPolicy(rounding=Rounding.HALF_DOWN).vat_rounding is Rounding.HALF_UP


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(MoneyPolicy)])
@pytest.mark.parametrize("value", ["half_up", None, 1, True])
def test_a_choice_is_a_member_and_no_text(field: str, value: object) -> None:
    """A typing error in a text would be a policy nobody chose."""
    with pytest.raises(InvalidInputError) as caught:
        MoneyPolicy(**{field: value})
    assert caught.value.path == field


@pytest.mark.parametrize("field", attrs.fields(MoneyPolicy), ids=lambda field: field.name)
def test_every_choice_is_explained(field: attrs.Attribute[object]) -> None:
    """A class of choices explains each member by its name and says what is legal."""
    kind = type(field.default)
    explanation = kind.__doc__ or ""
    assert "legal" in explanation.lower()
    if kind is not Pick:
        assert [member.name for member in kind if f"``{member.name}``" not in explanation] == []
