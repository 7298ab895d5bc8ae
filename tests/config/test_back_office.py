"""The back office: every page renders with a fixed number of statements, and ledgers are only read."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from costing.models import CostToForward
from inventory.models import InventorySetup, Item, Location, NumberSeries, UnitOfMeasure, Variant
from ledger.models import InventoryPeriod, ItemLedgerEntry, ItemRegister, ValueEntry
from tests.factories import JANUARY, Company
from users.accounts import make_user
from users.history import acting, history_of
from users.models import User
from users.roles import sync_roles
from work.back_office import ReadOnly
from work.queue import drain

pytestmark = pytest.mark.django_db
SITE = admin.site
READ_ONLY = [model for model, page in SITE._registry.items() if isinstance(page, ReadOnly)]
OURS = {"work", "users", "inventory", "ledger", "costing", "posting", "imports"}


@pytest.fixture
def office(company: Company) -> Client:
    """An administrator's browser in a company that has posted and adjusted something."""
    post_for(company, "A")
    client = Client()
    sync_roles()
    client.force_login(make_user("root", roles=["administrator"]), backend="django.contrib.auth.backends.ModelBackend")
    return client


def post_for(company: Company, *numbers: str) -> None:
    for number in numbers:
        item = company.item(number, "average")
        with acting(company.user, "test"):
            Variant.objects.create(item=item, code="RED")
        company.line("purchase", item, 5, amount="10.00")
        company.line("sale", item, 2, amount="9.00")
    company.post()
    drain()
    for number in numbers:
        company.line("sale", Item.objects.get(number=number), 1, amount="9.00")


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def get(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_every_table_of_ours_has_a_page() -> None:
    from django.apps import apps

    missing = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in OURS and model not in SITE._registry and not hasattr(model, "pgh_tracked_model")
    ]
    assert set(missing) <= {"inventory.ItemUnitOfMeasure", "inventory.NumberSeriesLine"}


def test_every_page_renders(office: Client) -> None:
    seen = 0
    for model, page in SITE._registry.items():
        get(office, address(model, "changelist"))
        if page.search_fields:
            get(office, address(model, "changelist") + "?q=1")
        if not isinstance(page, ReadOnly) and model is not InventorySetup:
            get(office, address(model, "add")) if model._meta.app_label in OURS else None
        row = model._default_manager.first()
        if row is not None:
            seen += 1
            get(office, address(model, "change", row.pk))
            if hasattr(model, "events"):
                assert "test" in get(office, address(model, "history", row.pk)) or model in (InventorySetup, Location)
    assert seen > 20


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_ledgers_and_queues_cannot_be_written(office: Client, model: Any) -> None:
    assert office.get(address(model, "add")).status_code == 403
    assert office.post(address(model, "add"), {}).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        assert office.post(address(model, "change", row.pk), {"description": "x"}).status_code == 403
        assert office.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    body = {"action": "delete_selected", "_selected_action": [row.pk if row else 1], "post": "yes"}
    before = model._default_manager.count()
    office.post(address(model, "changelist"), body)
    assert model._default_manager.count() == before


def test_nothing_is_deleted_in_bulk(office: Client) -> None:
    for model in SITE._registry:
        if model._meta.app_label in OURS:
            assert "delete_selected" not in get(office, address(model, "changelist")), model
    body = {"action": "delete_selected", "_selected_action": [UnitOfMeasure.objects.get(code="BOX").pk], "post": "yes"}
    office.post(address(UnitOfMeasure, "changelist"), body)
    assert UnitOfMeasure.objects.filter(code="BOX").exists()


def test_lists_take_as_many_statements_for_thirty_rows_as_for_three(office: Client, company: Company) -> None:
    models = [model for model in SITE._registry if model._meta.app_label in OURS]
    few = {model: statements(office, address(model, "changelist")) for model in models}
    post_for(company, *(f"B{number}" for number in range(28)))
    assert ItemLedgerEntry.objects.count() >= 30
    many = {model: statements(office, address(model, "changelist")) for model in models}
    assert many == few


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        get(client, url)
    return len(captured)


def test_a_change_is_recorded_with_who_made_it(office: Client, company: Company) -> None:
    box = UnitOfMeasure.objects.get(code="BOX")
    body = {"code": "BOX", "description": "Box of six", "international_code": ""}
    assert office.post(address(UnitOfMeasure, "change", box.pk), body).status_code == 302
    latest = history_of(box)[0]
    assert (latest["user"], latest["reason"]) == ("root", "changed in the back office")
    assert latest["changes"] == {"description": ("", "Box of six")}
    assert "Box of six" in get(office, address(UnitOfMeasure, "history", box.pk))


def item_form(office: Client, item: Item, **typed: str) -> dict[str, Any]:
    """What the browser would send: everything the form shows, with some of it typed over."""
    form = office.get(address(Item, "change", item.pk)).context["adminform"].form
    values = {name: form.initial.get(name, field.initial) for name, field in form.fields.items()}
    return {**sent_by_browser(values), **typed}


def sent_by_browser(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_an_item_is_saved_by_its_verb(office: Client, company: Company) -> None:
    item = Item.objects.get(number="A")
    body = item_form(office, item, description="Better", unit_lines="PCS: 1 / 1\nBOX: 12 / 1")
    answer = office.post(address(Item, "change", item.pk), body)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    item.refresh_from_db()
    assert item.description == "Better"
    assert item.units.get(unit__code="BOX").quantity_per_unit == 12
    assert history_of(item)[0]["user"] == "root"


def test_what_the_verb_refuses_stands_beside_the_field(office: Client, company: Company) -> None:
    item = Item.objects.get(number="A")
    answer = office.post(address(Item, "change", item.pk), item_form(office, item, costing_method="fifo"))
    assert answer.status_code == 200
    assert "costing_method" in answer.context["adminform"].form.errors
    item.refresh_from_db()
    assert item.costing_method == "average"


def test_a_new_item_is_made_by_its_verb(office: Client, company: Company) -> None:
    form = office.get(address(Item, "add")).context["adminform"].form
    body = {name: form.initial.get(name, field.initial) for name, field in form.fields.items()}
    body = sent_by_browser(body) | {"number": "NEW", "description": "New", "base_unit": company.unit.pk}
    answer = office.post(address(Item, "add"), body)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Item.objects.get(number="NEW").units.get().unit == company.unit


def test_setup_and_periods_wait_for_postings(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = InventorySetup.objects.get()
    form = office.get(address(InventorySetup, "change", 1)).context["adminform"].form
    body = sent_by_browser({name: form.initial[name] for name in form.fields})
    with CaptureQueriesContext(connection) as captured:
        answer = office.post(address(InventorySetup, "change", 1), {**body, "company_name": "Ours"})
    assert answer.status_code == 302
    assert any("inventory_inventorysetup FOR UPDATE" in query["sql"] for query in captured)
    setup.refresh_from_db()
    assert setup.company_name == "Ours"


def test_periods_are_closed_and_opened_by_their_verbs(office: Client, company: Company) -> None:
    with acting(company.user, "test"):
        first = InventoryPeriod.objects.create(ending_date=JANUARY.replace(day=1))
    for action, closed in (("close", True), ("reopen", False)):
        office.post(address(InventoryPeriod, "changelist"), {"action": action, "_selected_action": [first.pk]})
        first.refresh_from_db()
        assert first.closed is closed
    assert history_of(first)[0]["user"] == "root"


def test_roles_see_what_they_may(office: Client, company: Company) -> None:
    manager = make_user("mira", roles=["inventory manager"])
    worker = make_user("pawel", roles=["warehouse worker"])
    assert manager.is_staff
    assert not worker.is_staff
    browser = login(manager)
    assert browser.get(address(ItemLedgerEntry, "changelist")).status_code == 200
    assert browser.get(address(User, "changelist")).status_code == 403
    assert browser.get(address(NumberSeries, "changelist")).status_code == 200
    assert login(worker).get(address(ItemLedgerEntry, "changelist")).status_code == 302


def test_costs_are_hidden_from_who_may_not_see_them(office: Client, company: Company) -> None:
    clerk = make_user("clerk", roles=["warehouse worker"])
    clerk.is_staff = True
    clerk.save()
    browser = login(clerk)
    assert "standard_cost" not in get(browser, address(Item, "change", Item.objects.get(number="A").pk))
    assert browser.get(address(ValueEntry, "changelist")).status_code == 403
    assert browser.get(address(ItemRegister, "changelist")).status_code == 200
    assert browser.get(address(CostToForward, "changelist")).status_code == 403


def login(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser
