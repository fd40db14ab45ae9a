"""Which inserts an order deserves."""

from __future__ import annotations

from orderflow.money import Money
from orderflow.shipping import Insert, InsertRule, inserts_for

TOTAL = Money(20000, "PLN")


def chosen(rule: InsertRule, channel: str = "web", tags: tuple[str, ...] = ()) -> bool:
    return bool(inserts_for([Insert(code="GIFT", when=rule)], total=TOTAL, channel=channel, tags=tags))


def test_an_insert_without_conditions_always_goes_in() -> None:
    """No condition is no obstacle."""
    assert chosen(InsertRule())


def test_the_total_must_reach_the_minimum_in_its_own_currency() -> None:
    """Reaching it is enough; amounts of other currencies are not compared."""
    assert chosen(InsertRule(minimum_total=TOTAL))
    assert not chosen(InsertRule(minimum_total=TOTAL + Money(1, "PLN")))
    assert not chosen(InsertRule(minimum_total=Money(1, "EUR")))


def test_the_channel_must_be_one_of_those_named() -> None:
    """Where channels are named at all."""
    assert chosen(InsertRule(channels=("web", "pos")))
    assert not chosen(InsertRule(channels=("allegro",)))


def test_one_of_the_tags_is_enough() -> None:
    """Where tags are named at all."""
    rule = InsertRule(tags=("vip", "mug"))
    assert chosen(rule, tags=("mug", "new"))
    assert not chosen(rule, tags=("new",))
    assert not chosen(rule)


def test_every_condition_must_hold() -> None:
    """One that fails is enough to leave the insert out."""
    rule = InsertRule(minimum_total=TOTAL, channels=("web",), tags=("vip",))
    assert chosen(rule, tags=("vip",))
    assert not chosen(rule, channel="pos", tags=("vip",))
    assert not chosen(rule)


def test_inserts_keep_their_order() -> None:
    """The packer's list reads the same every time."""
    inserts = [Insert(code=code) for code in "CAB"]
    assert [insert.code for insert in inserts_for(inserts, total=TOTAL, channel="web")] == ["C", "A", "B"]
