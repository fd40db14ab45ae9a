"""The contract checks: sound adapters pass, every planted defect is found, and nothing untried looks like a success."""

import json
from datetime import timedelta

import pytest
from attrs import evolve

from orderflow.ports.gateway import RefundOutcome
from orderflow.runtime.defaults import BankTransfer, Mailbox, ManualCourier
from orderflow.runtime.memory import MemoryStore
from orderflow.testing.broken.couriers import BROKEN_COURIERS
from orderflow.testing.broken.gateways import BROKEN_GATEWAYS, BrokenGateway
from orderflow.testing.broken.notifiers import BROKEN_NOTIFIERS
from orderflow.testing.broken.warehouses import BROKEN_WAREHOUSES
from orderflow.testing.contract import NotApplicable, Passed
from orderflow.testing.courier import COURIER_CHECKS, CourierHarness, FakeCourierHarness
from orderflow.testing.fakes import FakeCourier, FakeGateway, FakeNotifier, FakeTwoStepGateway, FakeWarehouse
from orderflow.testing.gateway import GATEWAY_CHECKS, FakeGatewayHarness, GatewayHarness
from orderflow.testing.notifier import NOTIFIER_CHECKS, FakeNotifierHarness, NotifierHarness, Sent
from orderflow.testing.warehouse import WAREHOUSE_CHECKS, FakeWarehouseHarness
from orderflow.testing.world import VirtualClock

DAY = timedelta(days=1)


def fake(gateway, **options):
    return lambda: FakeGatewayHarness(gateway(VirtualClock(), **options))


class TransferHarness(GatewayHarness):
    """A bank has no book that a program can read."""

    def gateway(self):
        return BankTransfer("PL61 1090 1014 0000 0712 1981 2874", "Mug Shop")


class ManualHarness(CourierHarness):
    """What is booked by hand is known to nobody else."""

    def courier(self):
        return ManualCourier()


class FailingStore:
    """A store whose connection breaks in the next commit: before it is kept, or after."""

    def __init__(self):
        self.inner = MemoryStore()
        self.breaks = None

    def begin(self):
        breaks, self.breaks = self.breaks, None
        if breaks == "before":
            raise ConnectionRefusedError
        transaction = self.inner.begin()
        return BreakingAfter(transaction) if breaks == "after" else transaction


class BreakingAfter:
    """A transaction that is kept, and then nobody hears of it."""

    def __init__(self, inner):
        self.inner = inner

    def __enter__(self):
        return self.inner.__enter__()

    def __exit__(self, *error):
        self.inner.__exit__(*error)
        raise ConnectionResetError


class MailboxHarness(NotifierHarness):
    """The store's erasable records are the mailbox; what lies there went out."""

    def __init__(self):
        self.store = FailingStore()

    def notifier(self):
        return Mailbox(self.store, VirtualClock())

    def lose_reply(self, method):
        self.store.breaks = "after"

    def cut_off(self, method):
        self.store.breaks = "before"

    def sent(self):
        with self.store.inner.reading() as view:
            rows = view.records.of_subject(f"per_{self.order[4:]}")
        messages = [json.loads(row.data) for row in rows]
        return [Sent(to=each["email"], subject=each["subject"], body=each["body"]) for each in messages]


SOUND_GATEWAYS = {
    "one step": fake(FakeGateway, window=DAY),
    "two steps": fake(FakeTwoStepGateway, window=DAY),
    "keys for ever": fake(FakeGateway),
    "slow refunds": fake(FakeGateway, refunds=RefundOutcome.PENDING),
    "cannot be asked": fake(FakeGateway, lookup=False),
    "two steps, cannot be asked": fake(FakeTwoStepGateway, lookup=False, window=DAY),
    "transfer": TransferHarness,
}
SOUND_WAREHOUSES = {
    "fake": lambda: FakeWarehouseHarness(FakeWarehouse(VirtualClock(), {"MUG": 5})),
    "cannot be asked": lambda: FakeWarehouseHarness(FakeWarehouse(VirtualClock(), {"MUG": 5}, lookup=False)),
}
SOUND_COURIERS = {
    "fake": lambda: FakeCourierHarness(FakeCourier(VirtualClock())),
    "polled": lambda: FakeCourierHarness(FakeCourier(VirtualClock(), track_every=DAY)),
    "cannot be asked": lambda: FakeCourierHarness(FakeCourier(VirtualClock(), lookup=False)),
    "manual": ManualHarness,
}
SOUND_NOTIFIERS = {"fake": lambda: FakeNotifierHarness(FakeNotifier()), "mailbox": MailboxHarness}

SOUND = [
    pytest.param(check, harness, id=f"{name}-{check.__name__}")
    for checks, harnesses in (
        (GATEWAY_CHECKS, SOUND_GATEWAYS),
        (COURIER_CHECKS, SOUND_COURIERS),
        (WAREHOUSE_CHECKS, SOUND_WAREHOUSES),
        (NOTIFIER_CHECKS, SOUND_NOTIFIERS),
    )
    for name, harness in harnesses.items()
    for check in checks
]


def broken_gateway(broken):
    return lambda: FakeGatewayHarness(broken.fake(), broken)


def broken_warehouse(broken):
    return lambda: FakeWarehouseHarness(FakeWarehouse(VirtualClock(), {"MUG": 5}), broken)


def broken_courier(broken):
    return lambda: FakeCourierHarness(FakeCourier(VirtualClock()), broken)


def broken_notifier(broken):
    return lambda: FakeNotifierHarness(FakeNotifier(), broken)


FAMILIES = {
    "gateways": (GATEWAY_CHECKS, BROKEN_GATEWAYS, broken_gateway),
    "couriers": (COURIER_CHECKS, BROKEN_COURIERS, broken_courier),
    "warehouses": (WAREHOUSE_CHECKS, BROKEN_WAREHOUSES, broken_warehouse),
    "notifiers": (NOTIFIER_CHECKS, BROKEN_NOTIFIERS, broken_notifier),
}
BROKEN = [
    pytest.param(checks, wrap(broken), expected, id=broken.__name__)
    for checks, samples, wrap in FAMILIES.values()
    for broken, expected in samples.items()
]


def failed(checks, harness):
    """The names of the checks that a broken adapter fails, and how."""
    failures = {}
    for check in checks:
        try:
            check(harness)
        except Exception as error:
            failures[check.__name__] = error
    return failures


@pytest.mark.parametrize(("check", "harness"), SOUND)
def test_a_sound_adapter_passes(check, harness):
    """The fakes and the defaults keep the contracts that they are there to show."""
    assert isinstance(check(harness), Passed | NotApplicable)


@pytest.mark.parametrize(("checks", "harness", "expected"), BROKEN)
def test_a_planted_defect_is_found_where_it_is(checks, harness, expected):
    """The named check finds it, and says what is wrong."""
    failures = failed(checks, harness)
    assert isinstance(failures.get(expected), AssertionError)
    assert str(failures[expected])


class FreshKey(BrokenGateway):
    """Makes a key of its own for every call, as many a client library does when none is given."""

    def start(self, request):
        fresh = self.partner.calls("start")
        answer = self.partner.start(evolve(request, reference=f"{request.reference}{fresh}"))
        return evolve(answer, provider_id=answer.provider_id if self.tells else "")

    tells = True


class FreshKeyUntold(FreshKey):
    """The same, and it does not pass on the provider's number."""

    tells = False


@pytest.mark.parametrize("adapter", [FreshKey, FreshKeyUntold])
def test_a_fresh_key_is_named_as_the_problem(adapter):
    """The author reads what to change, not only that two numbers differ."""
    failures = failed(GATEWAY_CHECKS, broken_gateway(adapter))
    repeated = failures["gateway_03_a_start_repeated_is_one_payment"]
    assert "fresh" in str(repeated)
    assert "request.reference" in str(repeated)
    assert "fresh" in str(failures["gateway_04_a_charge_repeated_is_one_charge"])


def test_pytest_shows_the_line_of_the_check_and_not_the_comparison():
    """The helpers that compare hide themselves."""
    with pytest.raises(AssertionError) as found:
        GATEWAY_CHECKS[2](broken_gateway(FreshKey))
    shown = found.traceback.filter(found)
    assert shown[-1].name == "gateway_03_a_start_repeated_is_one_payment"


ONLY_WITH_TWO_ORDERS = [
    pytest.param(checks, wrap(broken), expected, id=broken.__name__)
    for checks, samples, wrap in FAMILIES.values()
    for broken, expected in samples.items()
    if "_two_orders_" in expected
]


@pytest.mark.parametrize(("checks", "harness", "expected"), ONLY_WITH_TWO_ORDERS)
def test_mixed_up_orders_are_found_by_checks_with_two_orders_only(checks, harness, expected):
    """Each of these adapters passed every check that works with one order."""
    names = list(failed(checks, harness))
    assert expected in names
    assert all("_two_orders_" in name for name in names)


def test_there_is_an_adapter_that_mixes_up_orders_for_every_port_that_knows_them():
    """Payments, refunds, parcels and reservations."""
    assert len(ONLY_WITH_TWO_ORDERS) == 4


@pytest.mark.parametrize("family", FAMILIES)
def test_every_check_finds_a_defect(family):
    """No check is there that nothing can fail."""
    checks, samples, wrap = FAMILIES[family]
    found = {name for broken in samples for name in failed(checks, wrap(broken))}
    assert found == {check.__name__ for check in checks}


def applied(checks, harness):
    return {check.__name__ for check in checks if check(harness) == Passed()}


def test_the_fakes_together_try_every_check():
    """Nothing is skipped everywhere."""
    gateways = applied(GATEWAY_CHECKS, SOUND_GATEWAYS["one step"]) | applied(
        GATEWAY_CHECKS, SOUND_GATEWAYS["two steps"]
    )
    assert gateways == {check.__name__ for check in GATEWAY_CHECKS}
    assert len(applied(COURIER_CHECKS, SOUND_COURIERS["fake"])) == len(COURIER_CHECKS)
    assert len(applied(WAREHOUSE_CHECKS, SOUND_WAREHOUSES["fake"])) == len(WAREHOUSE_CHECKS)
    assert len(applied(NOTIFIER_CHECKS, SOUND_NOTIFIERS["fake"])) == len(NOTIFIER_CHECKS)
    assert len(applied(NOTIFIER_CHECKS, MailboxHarness)) == len(NOTIFIER_CHECKS)


def test_what_cannot_be_tried_is_said_so():
    """A bare harness passes no check in silence: each is tried, or names what is missing."""
    outcomes = [check(TransferHarness) for check in GATEWAY_CHECKS]
    reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, NotApplicable)}
    assert "the harness cannot let the customer pay" in reasons
    assert "no two-step payments are declared" in reasons
    assert outcomes.count(Passed()) == 8


def test_every_check_is_numbered_and_says_what_it_demands():
    kinds = (
        (GATEWAY_CHECKS, "gateway"),
        (COURIER_CHECKS, "courier"),
        (NOTIFIER_CHECKS, "notifier"),
        (WAREHOUSE_CHECKS, "warehouse"),
    )
    for checks, prefix in kinds:
        for number, check in enumerate(checks, start=1):
            assert check.__name__.startswith(f"{prefix}_{number:02}_")
            assert check.__doc__.strip().endswith(".")
            assert "\n" not in check.__doc__.strip()
    assert [len(checks) for checks, _ in kinds] == [35, 18, 7, 18]


def test_each_harness_has_references_of_its_own():
    """A partner's sandbox can be used again and again; references are as long as real ones."""
    first, second = TransferHarness(), TransferHarness()
    assert first.order == first.order != second.order
    assert len(first.order) == 30
