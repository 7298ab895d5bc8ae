"""The back office: every page renders with a fixed number of statements, and ledgers are only read."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from costing.models import CostToForward, CostToPost
from inventory.models import (
    AssemblyBOM,
    InventorySetup,
    Item,
    Location,
    NumberSeries,
    Resource,
    UnitOfMeasure,
    Variant,
)
from ledger.models import InventoryPeriod, ItemLedgerEntry, ItemRegister, ValueEntry
from ledger.periods import close_inventory_period
from posting.lines import PostingLine
from posting.movements import post_movements
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


def test_switching_expected_cost_on_says_what_it_does_and_queues_it(office: Client, company: Company) -> None:
    line = PostingLine(
        key=1, item_id=company.item("LATER").pk, location_id=company.blank.pk, posting_date=JANUARY,
        document_date=JANUARY, entry_type="purchase", document_number="R1", quantity=Decimal(2), unit_code="PCS",
        invoiced=Decimal(0), amount=Decimal(12),
    )  # fmt: skip
    post_movements([line], posted_by=company.user)
    drain()
    left = CostToPost.objects.count()
    url = address(InventorySetup, "change", 1)
    page = office.get(url)
    assert "posts the expected cost of everything that was received or shipped" in page.content.decode()
    form = page.context["adminform"].form
    values = {name: form.initial[name] for name in form.fields}
    for switched, rows in ((False, 0), (True, 1), (True, 1)):
        body = sent_by_browser({**values, "expected_cost_posting": switched})
        assert office.post(url, body).status_code == 302
        assert CostToPost.objects.count() == left + rows


def test_periods_are_closed_and_opened_by_their_verbs(office: Client, company: Company) -> None:
    with acting(company.user, "test"):
        first = InventoryPeriod.objects.create(ending_date=JANUARY.replace(day=1))
    for action, closed in (("close", True), ("reopen", False)):
        office.post(address(InventoryPeriod, "changelist"), {"action": action, "_selected_action": [first.pk]})
        first.refresh_from_db()
        assert first.closed is closed
    assert history_of(first)[0]["user"] == "root"


def test_a_closed_period_stays_as_it_is(office: Client, company: Company) -> None:
    drain()
    close_inventory_period(date(2026, 1, 31), by=company.user, name="January")
    period = InventoryPeriod.objects.get()
    page = office.get(address(InventoryPeriod, "change", period.pk))
    assert not page.context["adminform"].form.fields
    assert office.post(address(InventoryPeriod, "delete", period.pk), {"post": "yes"}).status_code == 403
    office.post(address(InventoryPeriod, "change", period.pk), {"name": "Another", "ending_date": "2026-01-30"})
    period.refresh_from_db()
    assert (period.name, period.ending_date, period.closed) == ("January", date(2026, 1, 31), True)
    refused = office.post(address(InventoryPeriod, "add"), {"name": "Early", "ending_date": "2026-01-15"})
    assert "is closed already" in refused.content.decode()
    assert office.post(address(InventoryPeriod, "add"), {"ending_date": "2026-02-28"}).status_code == 302
    later = InventoryPeriod.objects.get(ending_date=date(2026, 2, 28))
    assert office.post(address(InventoryPeriod, "delete", later.pk), {"post": "yes"}).status_code == 302
    assert InventoryPeriod.objects.get() == period


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


def bom_form(office: Client, company: Company, line: AssemblyBOM | None = None, **typed: Any) -> Any:
    """Type a line of a bill of materials and save it."""
    if line is not None:
        form = office.get(address(AssemblyBOM, "change", line.pk)).context["adminform"].form
        values = {name: form.initial.get(name) for name in form.fields}
        return office.post(address(AssemblyBOM, "change", line.pk), {**sent_by_browser(values), **typed})
    body = {"line_number": 10000, "type": "item", "quantity_per": 2, "scrap_percent": 0, "description": "", **typed}
    return office.post(address(AssemblyBOM, "add"), body)


def test_bills_of_materials_are_saved_by_their_verb(office: Client, company: Company) -> None:
    top, part = Item.objects.get(number="A"), company.item("PART")
    assert bom_form(office, company, parent=top.pk, component=part.pk).status_code == 302
    line = AssemblyBOM.objects.get()
    assert (line.quantity_per, history_of(line)[0]["user"]) == (2, "root")
    part.refresh_from_db()
    assert part.low_level_code == 1
    assert bom_form(office, company, line, quantity_per="3", line_number="20000").status_code == 302
    assert AssemblyBOM.objects.get().quantity_per == 3
    circle = bom_form(office, company, parent=part.pk, component=top.pk)
    assert circle.status_code == 200
    assert "would go into itself" in circle.content.decode()
    answer = office.post(address(AssemblyBOM, "delete", AssemblyBOM.objects.get().pk), {"post": "yes"})
    assert answer.status_code == 302
    assert not AssemblyBOM.objects.exists()
    part.refresh_from_db()
    assert part.low_level_code == 0


def test_the_unit_cost_of_a_resource_follows(office: Client, company: Company) -> None:
    body = {"number": "LINDA", "name": "Linda", "type": "person", "direct_unit_cost": "20", "unit_cost": "0",
            "indirect_cost_percent": "12.5"}  # fmt: skip
    assert office.post(address(Resource, "add"), body).status_code == 302
    linda = Resource.objects.get()
    assert (linda.direct_unit_cost, linda.unit_cost) == (20, Decimal("22.5"))
    body = {**body, "unit_cost": "30"}
    assert office.post(address(Resource, "change", linda.pk), body).status_code == 302
    linda.refresh_from_db()
    assert (linda.unit_cost, linda.indirect_cost_percent) == (30, 50)
    low = office.post(address(Resource, "change", linda.pk), {**body, "unit_cost": "1"})
    assert low.status_code == 200
    assert low.context["adminform"].form.errors
