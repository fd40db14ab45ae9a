"""A price in words: why promotions do not apply, and a whole quote, as customers read it in three languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing, wording
from orderflow.money import Money
from orderflow.pricing import (
    Basket,
    BasketLine,
    Beaten,
    DeliveryKind,
    DeliveryMethod,
    Excluded,
    GiftNotInBasket,
    NoAlternative,
    NothingToReduce,
    NotNow,
    NotTheCase,
    NotThisOrder,
    OtherCurrency,
    Percent,
    Promotion,
    Promotions,
    Proof,
    Quote,
    RuledOut,
    Stacking,
    Stopped,
    Tariff,
    TooFewUnits,
    TotalTooLow,
    VatRate,
)
from orderflow.testing.strategies import values
from orderflow.wording import LANGUAGES
from orderflow.wording._catalog import voice

SPACE = "\u00a0"
STARTS = datetime(2026, 11, 30, 23, tzinfo=UTC)
ENDS = datetime(2026, 12, 5, 11, 30, tzinfo=UTC)


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


SENTENCES = [
    (
        TotalTooLow(needed=pln("1000"), found=pln("976.90")),
        "PLN 23.10 more to reach PLN 1,000.00.",
        "Es fehlen noch 23,10 PLN bis 1.000,00 PLN.",
        "Brakuje jeszcze 23,10 zł do 1 000,00 zł.",
    ),
    (
        TotalTooLow(needed=pln("100"), found=pln("76.90"), discounted=True),
        "PLN 23.10 more to reach PLN 100.00 after other discounts.",
        "Nach anderen Rabatten fehlen noch 23,10 PLN bis 100,00 PLN.",
        "Po innych rabatach brakuje jeszcze 23,10 zł do 100,00 zł.",
    ),
    (
        TooFewUnits(needed=3, found=2),
        "Add 1 more unit: it applies from 3 units on.",
        "Legen Sie noch 1 Stück dazu: Die Aktion gilt ab 3 Stück.",
        "Dodaj jeszcze 1 sztukę: promocja działa od 3 sztuk.",
    ),
    (
        TooFewUnits(needed=22, found=0),
        "Add 22 more units: it applies from 22 units on.",
        "Legen Sie noch 22 Stück dazu: Die Aktion gilt ab 22 Stück.",
        "Dodaj jeszcze 22 sztuki: promocja działa od 22 sztuk.",
    ),
    (
        TooFewUnits(needed=12, found=0),
        "Add 12 more units: it applies from 12 units on.",
        "Legen Sie noch 12 Stück dazu: Die Aktion gilt ab 12 Stück.",
        "Dodaj jeszcze 12 sztuk: promocja działa od 12 sztuk.",
    ),
    (
        TooFewUnits(needed=1, found=0),
        "Add 1 more unit: it applies from 1 unit on.",
        "Legen Sie noch 1 Stück dazu: Die Aktion gilt ab 1 Stück.",
        "Dodaj jeszcze 1 sztukę: promocja działa od 1 sztuki.",
    ),
    (
        NotTheCase(what="country", wanted=("DE", "PL")),
        "Only with delivery to: Germany, Poland.",
        "Nur bei Lieferung in dieses Land: Deutschland, Polen.",
        "Tylko z dostawą do kraju: Niemcy, Polska.",
    ),
    (
        NotTheCase(what="channel", wanted=("app",)),
        "Only when ordered through: app.",
        "Nur bei Bestellung über: app.",
        "Tylko przy zamówieniu przez: app.",
    ),
    (
        NotTheCase(what="delivery_method", wanted=("locker", "shop")),
        "Only with delivery by: locker, shop.",
        "Nur bei Lieferung mit: locker, shop.",
        "Tylko przy dostawie: locker, shop.",
    ),
    (
        NotTheCase(what="payment_method", wanted=("card",)),
        "Only when paid by: card.",
        "Nur bei Zahlung mit: card.",
        "Tylko przy płatności: card.",
    ),
    (
        NotTheCase(what="customer_group", wanted=("vip",)),
        "Only for customers of the group: vip.",
        "Nur für Kunden der Gruppe: vip.",
        "Tylko dla klientów z grupy: vip.",
    ),
    (
        NotTheCase(what="loyalty_tier", wanted=("gold",)),
        "Only with the loyalty tier: gold.",
        "Nur mit der Treuestufe: gold.",
        "Tylko z poziomem lojalnościowym: gold.",
    ),
    (
        NotTheCase(what="coupon", wanted=("summer",)),
        "Only with a coupon of the campaign: summer.",
        "Nur mit einem Gutschein der Kampagne: summer.",
        "Tylko z kodem rabatowym kampanii: summer.",
    ),
    (
        NotTheCase(what="full_moon"),
        "A condition of the shop is not met: full_moon.",
        "Eine Bedingung des Shops ist nicht erfüllt: full_moon.",
        "Warunek sklepu nie jest spełniony: full_moon.",
    ),
    (
        NotThisOrder(number=1, found=3),
        "Only for a customer's order number 1; this is number 3.",
        "Nur für die Bestellung Nummer 1 eines Kunden; dies ist Nummer 3.",
        "Tylko dla zamówienia klienta numer 1; to jest numer 3.",
    ),
    (
        NotThisOrder(number=1, found=None),
        "Only for a customer's order number 1; your earlier orders are not known.",
        "Nur für die Bestellung Nummer 1 eines Kunden; Ihre früheren Bestellungen sind nicht bekannt.",
        "Tylko dla zamówienia klienta numer 1; wcześniejsze zamówienia nie są znane.",
    ),
    (NotNow(), "Not at this time.", "Nicht zu dieser Zeit.", "Nie o tej porze."),
    (
        NotNow(starts=STARTS, ends=ENDS),
        "Only from December 1, 2026, 12:00 AM and before December 5, 2026, 12:30 PM.",
        "Nur vom 1. Dezember 2026, 00:00 Uhr, bis zum 5. Dezember 2026, 12:30 Uhr.",
        "Tylko od 1 grudnia 2026, 00:00, do 5 grudnia 2026, 12:30.",
    ),
    (
        NotNow(starts=STARTS),
        "Only from December 1, 2026, 12:00 AM on.",
        "Nur ab dem 1. Dezember 2026, 00:00 Uhr.",
        "Tylko od 1 grudnia 2026, 00:00.",
    ),
    (
        NotNow(ends=ENDS),
        "Only before December 5, 2026, 12:30 PM.",
        "Nur bis zum 5. Dezember 2026, 12:30 Uhr.",
        "Tylko do 5 grudnia 2026, 12:30.",
    ),
    (
        RuledOut(condition="by_payment"),
        "Ruled out by: the payment method.",
        "Ausgeschlossen durch: die Zahlungsart.",
        "Wykluczone przez: metodę płatności.",
    ),
    (
        NoAlternative(reasons=(TooFewUnits(needed=5, found=3), NotTheCase(what="country", wanted=("PL",)))),
        "One of these is needed: Add 2 more units: it applies from 5 units on; Only with delivery to: Poland.",
        (
            "Eines davon ist nötig: Legen Sie noch 2 Stück dazu: Die Aktion gilt ab 5 Stück;"
            " Nur bei Lieferung in dieses Land: Polen."
        ),
        (
            "Potrzebne jest jedno z tych: Dodaj jeszcze 2 sztuki: promocja działa od 5 sztuk;"
            " Tylko z dostawą do kraju: Polska."
        ),
    ),
    (
        OtherCurrency(currency="EUR"),
        "It has no amount in EUR.",
        "Die Aktion nennt keinen Betrag in EUR.",
        "Promocja nie ma kwoty w walucie EUR.",
    ),
    (
        NothingToReduce(),
        "Nothing that it could reduce is left in the basket.",
        "Im Warenkorb ist nichts, was die Aktion noch reduzieren könnte.",
        "W koszyku nie ma nic, co promocja mogłaby jeszcze obniżyć.",
    ),
    (
        GiftNotInBasket(sku="MUG", units=2),
        "A gift for you: add MUG (2 units) to the basket, free of charge.",
        "Ein Geschenk für Sie: Legen Sie MUG (2 Stück) kostenlos in den Warenkorb.",
        "Prezent dla Ciebie: dodaj do koszyka MUG (2 sztuki) za darmo.",
    ),
    (
        Stopped(by="B"),
        "No other promotion comes after B.",
        "Nach B gilt keine weitere Aktion.",
        "Po B nie działa już żadna promocja.",
    ),
    (
        Excluded(by="B", would_have_saved=pln("2")),
        "It would have saved PLN 2.00, but B stands alone.",
        "Die Aktion hätte 2,00 PLN gespart, aber B gilt nur allein.",
        "Promocja dałaby 2,00 zł oszczędności, ale B nie łączy się z innymi.",
    ),
    (
        Beaten(by=("B", "C"), would_have_saved=pln("2")),
        "It would have saved PLN 2.00, beaten by B, C.",
        "Die Aktion hätte 2,00 PLN gespart, besser ist B, C.",
        "Promocja dałaby 2,00 zł oszczędności, lepiej wypada B, C.",
    ),
    (
        Beaten(by=(), would_have_saved=pln("2")),
        "It would have saved PLN 2.00, others save more.",
        "Die Aktion hätte 2,00 PLN gespart, andere sparen mehr.",
        "Promocja dałaby 2,00 zł oszczędności, inne dają więcej.",
    ),
]


def plain_spaces(text: str) -> str:
    return text.replace(SPACE, " ").replace("\u202f", " ")


@pytest.mark.parametrize(("reason", "english", "german", "polish"), SENTENCES)
def test_a_reason_reads_like_this(reason, english, german, polish):
    """What is missing, with the country's own money, dates and plurals."""
    said = [plain_spaces(wording.reason(reason, language, "PL")) for language in ("en", "de", "pl")]
    assert said == [english, german, polish]


def test_every_reason_is_among_those():
    """A class that is new fails here until somebody has read its sentences."""
    assert {type(reason) for reason, *_ in SENTENCES} == set(get_args(pricing.Reason))


def test_an_amount_within_a_sentence_within_a_sentence_does_not_break():
    """Its space stays one that no line is broken at."""
    reason = NoAlternative(reasons=(TotalTooLow(needed=pln("100"), found=pln("76.90")),))
    told = attrs.evolve(
        priced(SHOP, MUG).explain(), promotions=(pricing.NotAppliedRow(promotion="x", name="X", reasons=(reason,)),)
    )
    amounts = f"23,10{SPACE}zł do 100,00{SPACE}zł"
    assert amounts in wording.reason(reason, "pl")
    assert amounts in wording.explain(told, "pl")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", get_args(pricing.Condition))
def test_a_condition_that_rules_out_is_named_in_words(condition, language):
    """By its kind, and by its class, which is what the engine writes down."""
    kind = pricing.KINDS[condition]
    words = voice(language).say(f"condition.{kind}")
    said = {wording.reason(RuledOut(condition=name), language) for name in (kind, condition.__name__)}
    assert said == {voice(language).say("reason.ruled_out", condition=words)}
    assert "_" not in words


def test_a_condition_of_an_unknown_kind_is_named_as_it_is():
    """What was written down by a later version can be told."""
    assert wording.reason(RuledOut(condition="by_moon"), "en") == "Ruled out by: by_moon."


def test_without_a_law_moments_are_told_in_utc():
    """And say so."""
    assert plain_spaces(wording.reason(NotNow(ends=ENDS), "pl")) == "Tylko do 5 grudnia 2026, 11:30 UTC."


AMOUNTS = st.builds(Money, st.integers(0, 10**15), st.just("KWD"))
SIMPLE = st.one_of(
    [values(kind) for kind in get_args(pricing.Reason) if kind not in {TotalTooLow, NoAlternative}]
    + [values(TotalTooLow, needed=AMOUNTS, found=AMOUNTS)]
)
REASONS = st.recursive(
    SIMPLE, lambda inner: st.builds(NoAlternative, reasons=st.lists(inner, max_size=3).map(tuple)), max_leaves=8
)


@given(REASONS, st.sampled_from((*LANGUAGES, "cs", "de-CH")))
def test_every_reason_can_be_said_with_whatever_it_holds(reason, language):
    """No value breaks a sentence, or the line."""
    text = wording.reason(reason, language)
    assert text.endswith(".")
    assert "\n" not in text


# A whole price

MUG = BasketLine(line="1", sku="MUG", quantity=3, unit_price=pln("19.99"), vat=VatRate(2300), price_includes_vat=True)
TEA = BasketLine(
    line="2", sku="TEA", quantity=1, unit_price=pln("8"), vat=VatRate(800, "reduced"), price_includes_vat=False
)
COURIER = DeliveryMethod(code="courier", kind=DeliveryKind.COURIER, price=pln("14.99"), vat=VatRate(2300))
SHOP = Promotions(
    [
        Promotion(
            id="sum",
            name="Sommerfest",
            priority=3,
            benefit=pricing.OrderPercent(percent=Percent.parse("10")),
            stop=True,
        ),
        Promotion(id="cent", name="Ein Cent", priority=4, benefit=pricing.OrderAmount(amount=pln("0.05"))),
        Promotion(id="ship", name="Versand", priority=4, benefit=pricing.DeliveryAmount(amount=pln("5"))),
        Promotion(
            id="big",
            name="Ab hundert",
            priority=4,
            benefit=pricing.OrderAmount(amount=pln("10")),
            condition=pricing.All([pricing.GoodsTotal(at_least=pln("100")), pricing.Not(pricing.InCountry(["PL"]))]),
        ),
        Promotion(id="late", name="Zu spät", benefit=pricing.OrderAmount(amount=pln("1"))),
    ]
)


def priced(promotions: Promotions, *lines: BasketLine) -> Quote:
    basket = Basket(currency="PLN", country="PL", lines=lines, delivery_method="courier")
    answer = pricing.quote(basket, Tariff((COURIER,)), promotions)
    assert isinstance(answer, Quote), answer
    return answer


EXPLAINED = {
    "en": """\
The price in detail:
- MUG, 3 units at PLN 19.99: PLN 59.97, discount PLN 6.03, to pay PLN 53.94
- TEA, 1 unit at PLN 8.00 before VAT: PLN 8.00, discount PLN 0.81, to pay PLN 7.77
- delivery courier: PLN 14.99, discount PLN 5.00, to pay PLN 9.99
Total: PLN 71.70
including VAT: PLN 12.53
- 23% VAT on PLN 63.93: PLN 11.95
- 8% VAT on PLN 7.77: PLN 0.58

Promotions that apply:
- Ein Cent: PLN 0.05 off
  MUG: PLN 0.04 (1 unit: PLN 0.02 each, 2 units: PLN 0.01 each)
  TEA: PLN 0.01
- Versand: PLN 5.00 off
  delivery: PLN 5.00
- Sommerfest: PLN 6.79 off
  MUG: PLN 5.99 (1 unit: PLN 1.99 each, 2 units: PLN 2.00 each)
  TEA: PLN 0.80

Promotions that do not apply:
- Ab hundert: PLN 32.03 more to reach PLN 100.00. Ruled out by: the country of delivery.
- Zu spät: No other promotion comes after Sommerfest.

You save PLN 11.84.""",
    "de": """\
Der Preis im Einzelnen:
- MUG, 3 Stück zu je 19,99 PLN: 59,97 PLN, Rabatt 6,03 PLN, zu zahlen 53,94 PLN
- TEA, 1 Stück zu je 8,00 PLN netto: 8,00 PLN, Rabatt 0,81 PLN, zu zahlen 7,77 PLN
- Lieferung courier: 14,99 PLN, Rabatt 5,00 PLN, zu zahlen 9,99 PLN
Gesamtbetrag: 71,70 PLN
darin enthaltene MwSt.: 12,53 PLN
- 23 % MwSt. aus 63,93 PLN: 11,95 PLN
- 8 % MwSt. aus 7,77 PLN: 0,58 PLN

Diese Aktionen gelten:
- Ein Cent: 0,05 PLN Nachlass
  MUG: 0,04 PLN (1 Stück: je 0,02 PLN, 2 Stück: je 0,01 PLN)
  TEA: 0,01 PLN
- Versand: 5,00 PLN Nachlass
  Lieferung: 5,00 PLN
- Sommerfest: 6,79 PLN Nachlass
  MUG: 5,99 PLN (1 Stück: je 1,99 PLN, 2 Stück: je 2,00 PLN)
  TEA: 0,80 PLN

Diese Aktionen gelten nicht:
- Ab hundert: Es fehlen noch 32,03 PLN bis 100,00 PLN. Ausgeschlossen durch: das Lieferland.
- Zu spät: Nach Sommerfest gilt keine weitere Aktion.

Sie sparen 11,84 PLN.""",
    "pl": """\
Szczegóły ceny:
- MUG, 3 sztuki po 19,99 zł: 59,97 zł, rabat 6,03 zł, do zapłaty 53,94 zł
- TEA, 1 sztuka po 8,00 zł netto: 8,00 zł, rabat 0,81 zł, do zapłaty 7,77 zł
- dostawa courier: 14,99 zł, rabat 5,00 zł, do zapłaty 9,99 zł
Razem: 71,70 zł
w tym VAT: 12,53 zł
- VAT 23% od 63,93 zł: 11,95 zł
- VAT 8% od 7,77 zł: 0,58 zł

Te promocje działają:
- Ein Cent: 0,05 zł taniej
  MUG: 0,04 zł (1 sztuka: po 0,02 zł, 2 sztuki: po 0,01 zł)
  TEA: 0,01 zł
- Versand: 5,00 zł taniej
  dostawa: 5,00 zł
- Sommerfest: 6,79 zł taniej
  MUG: 5,99 zł (1 sztuka: po 1,99 zł, 2 sztuki: po 2,00 zł)
  TEA: 0,80 zł

Te promocje nie działają:
- Ab hundert: Brakuje jeszcze 32,03 zł do 100,00 zł. Wykluczone przez: kraj dostawy.
- Zu spät: Po Sommerfest nie działa już żadna promocja.

Oszczędność: 11,84 zł.""",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_price_reads_like_this(language):
    """Amounts, then what each promotion took from where, then what is missing to the others."""
    told = priced(SHOP, MUG, TEA).explain(SHOP)
    assert plain_spaces(wording.explain(told, language)) == EXPLAINED[language]


def test_a_quote_may_be_handed_over_as_it_is():
    """Promotions are called by their ids then."""
    quote = priced(SHOP, MUG, TEA)
    assert wording.explain(quote, "en") == wording.explain(quote.explain(), "en")
    assert "No other promotion comes after sum." in wording.explain(quote, "en")


def test_a_price_without_promotions_is_told_in_one_block():
    """Nothing is said of what is not there."""
    assert plain_spaces(wording.explain(priced(Promotions(), MUG), "en")) == (
        "The price in detail:\n"
        "- MUG, 3 units at PLN 19.99: PLN 59.97\n"
        "- delivery courier: PLN 14.99\n"
        "Total: PLN 74.96\n"
        "including VAT: PLN 14.02\n"
        "- 23% VAT on PLN 74.96: PLN 14.02"
    )


def test_a_delivery_at_a_net_price_says_so():
    """What is to pay has the VAT on top."""
    net = attrs.evolve(COURIER, price=pln("10"), price_includes_vat=False)
    basket = Basket(currency="PLN", country="PL", lines=(MUG,), delivery_method="courier")
    quote = pricing.quote(basket, Tariff((net,)))
    assert isinstance(quote, Quote)
    text = plain_spaces(wording.explain(quote, "en"))
    assert "- delivery courier: PLN 10.00 before VAT, to pay PLN 12.30\n" in text


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (
            Proof(pln("0"), 3),
            {
                "en": "No other choice among these promotions saves more.",
                "de": "Keine andere Auswahl unter diesen Aktionen spart mehr.",
                "pl": "Żaden inny wybór spośród tych promocji nie daje większej oszczędności.",
            },
        ),
        (
            Proof(pln("1.50"), 3),
            {
                "en": "Another choice among these promotions could save PLN 1.50 more at most.",
                "de": "Eine andere Auswahl unter diesen Aktionen könnte höchstens 1,50 PLN mehr sparen.",
                "pl": "Inny wybór spośród tych promocji mógłby dać najwyżej 1,50 zł więcej.",
            },
        ),
    ],
)
def test_a_best_deal_says_how_good_it_is(proof, expected):
    """Proven, or how much more there may be."""
    best = attrs.evolve(SHOP, stacking=Stacking.BEST_DEAL)
    told = attrs.evolve(priced(best, MUG, TEA).explain(best), proof=proof)
    said = {language: plain_spaces(wording.explain(told, language)).rpartition("\n")[2] for language in LANGUAGES}
    assert said == expected


def test_the_names_of_winners_are_told():
    """Whoever beats another is called as customers know it."""
    two = Promotions(
        [
            Promotion(id="a", name="Small", benefit=pricing.OrderAmount(amount=pln("2"))),
            Promotion(id="b", name="Large", benefit=pricing.OrderAmount(amount=pln("3"))),
        ],
        Stacking.COMPETE,
    )
    said = plain_spaces(wording.explain(priced(two, MUG).explain(two), "en"))
    assert "- Small: It would have saved PLN 2.00, beaten by Large." in said


def test_a_name_cannot_forge_a_line():
    """A promotion's name comes on one line; braces in it are only braces."""
    told = priced(SHOP, MUG).explain(SHOP)
    row = attrs.evolve(told.applied[0], name="{amount}\nTotal: nothing")
    said = wording.explain(attrs.evolve(told, promotions=(row,)), "en")
    assert "- {amount} Total: nothing: " in said


def test_an_explanation_is_the_same_whenever_it_is_asked_for():
    """It depends on the quote and the language, and on nothing else."""
    for language in LANGUAGES:
        texts = {wording.explain(priced(SHOP, *lines).explain(SHOP), language) for lines in ((MUG, TEA), (MUG, TEA))}
        assert len(texts) == 1
