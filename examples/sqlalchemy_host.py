"""
A shop of its own on SQLAlchemy, with orders of orderflow in the same transactions.

    python examples/sqlalchemy_host.py postgresql://user@host/name

The host keeps baskets in a table of its own. A basket becomes an order in one commit: the basket is marked, and the
order is placed with its stock. Where anything goes wrong, neither has happened.
"""

from __future__ import annotations

import sys

from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from orderflow import CommandRejected, Money, Shop, orders, people, pricing, stock
from orderflow.adapters.sql import SqlStore
from orderflow.ports.store import HostConflictError
from orderflow.runtime.views import OrderView


class Base(DeclarativeBase):
    """The host's tables."""


class Basket(Base):
    """What a customer wants, and which order it became."""

    __tablename__ = "baskets"

    id: Mapped[int] = mapped_column(primary_key=True)
    mugs: Mapped[int]
    order: Mapped[str | None] = mapped_column(default=None)


VAT = pricing.VatRate.parse("23")
COURIER = pricing.DeliveryMethod(
    code="courier", kind=pricing.DeliveryKind.COURIER, price=Money.parse("14.99", "PLN"), vat=VAT
)
HOME = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")


def order_of(basket: Basket) -> orders.PlaceOrder:
    """The basket in orderflow's words."""
    price = Money.parse("19.99", "PLN")
    mugs = orders.Line(line="1", sku="MUG", name="Mug", quantity=basket.mugs, unit_price=price, vat=VAT)
    return orders.PlaceOrder(
        lines=(mugs,),
        currency="PLN",
        contact=people.Contact(name="Ala Kot", email="ala@example.com"),
        target=orders.ToAddress(address=HOME),
        delivery_method="courier",
        payment_method="transfer",
    )


def check_out(shop: Shop, sessions: sessionmaker[Session], basket_id: int) -> OrderView:
    """Mark the basket and place its order, both or neither. A conflict takes both back, and both begin anew."""
    for tries_left in reversed(range(3)):
        try:
            with sessions.begin() as session:
                basket = session.get_one(Basket, basket_id)
                order = shop.within(session).place(order_of(basket), request_id=f"basket-{basket_id}")
                basket.order = order.id
        except HostConflictError:
            if not tries_left:
                raise
        else:
            shop.perform(order.id)  # partners are called afterwards, outside of the transaction
            return order
    raise AssertionError("one try at least")


def main(url: str) -> None:
    """Two baskets: one becomes an order, the other is too large, and stays a basket."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    store = SqlStore(engine)
    store.migrate()
    shop = Shop(store, seller="Mug Shop", tariff=pricing.Tariff((COURIER,)))
    shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="delivery-1"))

    with sessions.begin() as session:
        session.add_all([Basket(id=1, mugs=2), Basket(id=2, mugs=99)])
    order = check_out(shop, sessions, 1)
    try:
        check_out(shop, sessions, 2)
    except CommandRejected as rejected:
        print("basket 2:", rejected.reasons)

    with sessions.begin() as session:
        assert [basket.order for basket in session.query(Basket).order_by(Basket.id)] == [order.id, None]
    assert shop.level("MUG").available == 8
    print("basket 1:", shop.order(order.id))
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
