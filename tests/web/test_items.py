"""The item list, the card with what it loads, and new items: by role, with refusals, and against the entries."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from costing.models import InventoryPostingSetup
from inventory.models import (
    InventorySetup,
    Item,
    ItemTemplate,
    ItemUnitOfMeasure,
    Location,
    NumberSeries,
    NumberSeriesLine,
    UnitOfMeasure,
)
from ledger.models import ItemLedgerEntry, ValueEntry
from tests.factories import Company
from users.history import acting

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
PAGES = ("/items/", "/items/BIKE/", "/items/BIKE/facts/", "/items/BIKE/history/")
COSTS = (
    "Unit cost", ">Inventory value<", "Standard cost", "Last direct cost", "Cost trend", "Overhead", "Why this cost",
)  # fmt: skip


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def card(client: Client, number: str = "BIKE") -> dict[str, Any]:
    """What a browser would send for a card on which nothing was touched."""
    context = client.get(f"/items/{number}/").context
    sent: dict[str, Any] = {}
    for form in (context["form"], context["units"].management_form, *context["units"].forms):
        for field in form:
            value = field.value()
            if value not in (None, False):
                sent[field.html_name] = value
            if field.field.show_hidden_initial:
                sent[field.html_initial_name] = "" if value is None else value
    return sent


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


# ---------------------------------------------------------------- who sees what


def test_pages_ask_to_sign_in(client: Client, traded: Company) -> None:
    for url in (*PAGES, "/items/new/", "/items/BIKE/why/"):
        assert client.get(url).headers["Location"] == f"/login/?next={url}"


def test_every_role_opens_the_pages_of_an_item(traded: Company, as_role: Sign) -> None:
    for role in ("viewer", "warehouse worker", "purchaser", "salesperson", "inventory accountant", "inventory manager"):
        client = as_role(role)
        assert [client.get(url).status_code for url in PAGES] == [200] * 4, role


def test_without_a_role_nothing_opens(traded: Company, as_role: Sign) -> None:
    client = as_role("")
    assert {client.get(url).status_code for url in (*PAGES, "/items/new/", "/items/BIKE/why/")} == {403}


def test_only_those_who_may_change_do(traded: Company, as_role: Sign) -> None:
    viewer, manager = as_role("viewer"), as_role("inventory manager")
    assert "<input" not in text(viewer, "/items/BIKE/").split('id="item-form"')[1].split("</form>")[0].replace(
        '<input type="hidden" name="csrfmiddlewaretoken"', ""
    )
    assert viewer.post("/items/BIKE/", {"description": "Mine"}).status_code == 403
    assert viewer.get("/items/new/").status_code == 403
    assert viewer.get("/items/BIKE/why/").status_code == 403
    assert Item.objects.get(number="BIKE").description == "BIKE"
    assert manager.post("/items/BIKE/", {**card(manager), "description": "Road bike"}).status_code == 302
    assert Item.objects.get(number="BIKE").description == "Road bike"


def test_costs_are_left_out_for_a_viewer(traded: Company, as_role: Sign) -> None:
    traded.change(Item.objects.get(number="BIKE"), standard_cost=Decimal("77.77"), overhead_rate=Decimal("66.66"))
    viewer, accountant = as_role("viewer"), as_role("inventory accountant")
    seen = "".join(text(viewer, url) for url in PAGES)
    for words in (*COSTS, "77.77", "66.66", "9.50", "value-entries"):
        assert words not in seen, words
    told = "".join(text(accountant, url) for url in PAGES)
    for words in (*COSTS, "9.50", "66.50", "value-entries"):
        assert words in told, words


def test_costs_that_are_not_seen_cannot_be_typed(traded: Company, as_role: Sign) -> None:
    from django.contrib.auth.models import Group, Permission

    client = as_role("viewer")
    permission = Permission.objects.get(codename="change_item", content_type__app_label="inventory")
    Group.objects.get(name="viewer").permissions.add(permission)
    sent = {**card(client), "overhead_rate": "5", "description": "Road bike"}
    assert client.post("/items/BIKE/", sent).status_code == 302
    bike = Item.objects.get(number="BIKE")
    assert (bike.overhead_rate, bike.description) == (0, "Road bike")


def test_an_unknown_number_is_not_found(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    for number in ("NONE", "x" * 400, "%00", "BIKE%00", "..%2F", "'"):
        for part in ("", "facts/", "why/", "history/"):
            assert client.get(f"/items/{number}/{part}").status_code == 404, (number, part)


def test_a_number_with_a_slash_and_blanks_has_its_own_page(company: Company, as_role: Sign) -> None:
    company.item("A/B 1?")
    client = as_role("viewer")
    assert 'href="/items/A/B%201%3F/"' in text(client, "/items/")
    assert "A/B 1?" in text(client, "/items/A/B%201%3F/")
    assert "item=A%2FB+1%3F" in text(client, "/items/A/B%201%3F/")
    assert client.get("/items/A/B%201%3F/facts/").status_code == 200


def test_html_in_words_is_shown_as_words(company: Company, as_role: Sign) -> None:
    company.item("BAD")
    evil = "<script>alert(1)</script>\"'"
    company.change(Item.objects.get(number="BAD"), description=evil, block_reason=evil)
    client = as_role("inventory manager")
    for url in ("/items/", "/items/BAD/", "/items/BAD/facts/", "/items/BAD/history/"):
        assert "<script>alert" not in text(client, url)
    assert "&lt;script&gt;alert" in text(client, "/items/BAD/")


# ---------------------------------------------------------------- figures


def test_figures_are_the_sums_of_the_lists_they_open(traded: Company, as_role: Sign) -> None:
    tube = Item.objects.get(number="TUBE")
    traded.post(traded.line("purchase", tube, 2, location=traded.east), traded.line("sale", tube, 1))
    client = as_role("inventory accountant")
    page = client.get("/items/BIKE/").context
    entries = client.get(page["on_hand_url"])
    assert entries.context["opened"]["equal"]
    assert client.get(page["value_url"]).context["opened"]["equal"]
    assert page["item"].quantity_on_hand == 7
    assert page["item"].inventory_value == Decimal("66.50")
    facts = client.get("/items/BIKE/facts/").context
    assert facts["total"] == sum(place["quantity"] for place in facts["stock"]) == 7
    for number in ("BIKE", "TUBE"):
        for place in client.get(f"/items/{number}/facts/").context["stock"]:
            assert client.get(place["url"]).context["opened"]["equal"], place


def test_stock_below_zero_is_said(traded: Company, as_role: Sign) -> None:
    tube = Item.objects.get(number="TUBE")
    traded.post(traded.line("purchase", tube, 2, location=traded.east), traded.line("sale", tube, 1))
    client = as_role("viewer")
    places = {place["code"]: place["quantity"] for place in client.get("/items/TUBE/facts/").context["stock"]}
    assert places == {"": -1, "EAST": 2}
    traded.post(traded.line("sale", tube, 4))
    assert "Below zero" in text(client, "/items/TUBE/")
    assert "TUBE" in text(client, "/items/?negative=true")
    assert "BIKE" not in text(client, "/items/?negative=true")


def test_a_cost_says_why_it_changed(traded: Company, as_role: Sign) -> None:
    bike = Item.objects.get(number="BIKE")
    traded.post(traded.line("sale", bike, 2, document_number="S2"))
    page = text(as_role("inventory accountant"), "/items/BIKE/why/")
    adjusted = ValueEntry.objects.filter(item=bike).exclude(cause="")
    assert adjusted.count() == page.count('class="what ink"')
    for entry in adjusted:
        assert f"/value-entries/{entry.pk}/" in page
    assert "follows the cost of" in page


def test_an_item_that_waits_for_adjustment_says_so(company: Company, as_role: Sign) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 5, unit_amount="4"))
    assert "Costs are being adjusted" in text(as_role("inventory accountant"), "/items/BIKE/")
    assert "being adjusted" not in text(as_role("viewer"), "/items/BIKE/")


def test_the_trend_follows_value_by_quantity(traded: Company, as_role: Sign) -> None:
    trend = as_role("inventory accountant").get("/items/BIKE/facts/").context["trend"]
    assert "9.50 today" in trend["words"]
    assert as_role("inventory manager").get("/items/TUBE/facts/").context["trend"] is None


def test_an_item_without_entries_says_what_to_do(company: Company, as_role: Sign) -> None:
    company.item("NEW1")
    page = text(as_role("inventory manager"), "/items/NEW1/facts/")
    assert "Nothing has been posted yet" in page
    assert "None yet" in page


# ---------------------------------------------------------------- the same number of statements


def test_statements_do_not_grow_with_entries_locations_and_units(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    few, many = company.item("FEW"), company.item("MANY")
    with acting(company.user, "test"):
        places = Location.objects.bulk_create(Location(code=f"L{number}") for number in range(30))
        units = UnitOfMeasure.objects.bulk_create(UnitOfMeasure(code=f"U{number}") for number in range(30))
        ItemUnitOfMeasure.objects.bulk_create(
            ItemUnitOfMeasure(item=many, unit=unit, quantity_per_unit=number + 2) for number, unit in enumerate(units)
        )
        setup = InventoryPostingSetup.objects.get(location=company.east)
        for place in places:
            setup.pk, setup.location = None, place
            setup.save(force_insert=True)
    for place in places[:3]:
        company.line("purchase", few, 1, location=place)
    for place in places:
        company.line("purchase", many, 1, location=place)
    company.post()
    assert ItemLedgerEntry.objects.filter(item=many).count() == 30
    for part in ("", "facts/", "why/", "history/"):
        assert statements(client, f"/items/FEW/{part}") == statements(client, f"/items/MANY/{part}"), part


def test_statements_of_the_list_do_not_grow_with_items(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    for number in range(3):
        company.item(f"A{number}")
    few = statements(client, "/items/"), statements(client, "/items/?q=a")
    for number in range(30):
        company.item(f"B{number:02}")
    assert (statements(client, "/items/"), statements(client, "/items/?q=a")) == few


# ---------------------------------------------------------------- changing


def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    sent = {
        **card(client), "description": "", "gtin": "1" * 40, "net_weight": "heavy", "vendor": "NOBODY",
        "shelf_number": "A1", "costing_method": "average",
    }  # fmt: skip
    answer = client.post("/items/BIKE/", sent)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {"description", "gtin", "net_weight", "vendor"}
    page = answer.content.decode()
    assert "Nothing was saved" in page
    assert 'value="heavy"' in page
    assert 'value="NOBODY"' in page
    assert 'value="A1"' in page
    assert 'id="id_net_weight_error"' in page
    bike = Item.objects.get(number="BIKE")
    assert (bike.description, bike.shelf_number, bike.costing_method) == ("BIKE", "", "fifo")


def test_fields_that_entries_rest_on_are_fixed_and_say_why(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    page = text(client, "/items/BIKE/")
    assert page.count("Fixed, since there are item ledger entries.") == 3
    assert 'name="costing_method"' not in page
    traded.item("FREE")
    assert 'name="costing_method"' in text(client, "/items/FREE/")
    traded.line("purchase", Item.objects.get(number="FREE"), 1)
    waiting = text(client, "/items/FREE/")
    assert 'name="costing_method"' in waiting
    assert 'name="base_unit"' not in waiting


def test_two_people_may_change_different_fields(traded: Company, as_role: Sign) -> None:
    client, other = as_role("inventory manager"), as_role("purchaser")
    mine, theirs = card(client), card(other)
    assert other.post("/items/BIKE/", {**theirs, "shelf_number": "B-2"}).status_code == 302
    assert client.post("/items/BIKE/", {**mine, "blocked": "on"}).status_code == 302
    bike = Item.objects.get(number="BIKE")
    assert (bike.shelf_number, bike.blocked) == ("B-2", True)


def test_nothing_changed_is_said(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    client.post("/items/BIKE/", {**card(client), "gtin": "1"})
    answer = client.post("/items/BIKE/", card(client), follow=True)
    assert "Nothing was changed." in answer.content.decode()


def test_units_are_added_changed_and_removed(company: Company, as_role: Sign) -> None:
    company.item("BIKE")
    with acting(company.user, "test"):
        UnitOfMeasure.objects.create(code="PALLET")
    client = as_role("inventory manager")
    sent = {**card(client), "units-1-quantity": "12", "units-2-code": "PALLET", "units-2-quantity": "144",
            "units-2-precision": "0.5"}  # fmt: skip
    assert client.post("/items/BIKE/", sent).status_code == 302
    held = {unit.unit.code: unit for unit in ItemUnitOfMeasure.objects.select_related("unit")}
    assert {code: unit.quantity_per_unit for code, unit in held.items()} == {"PCS": 1, "BOX": 12, "PALLET": 144}
    assert held["PALLET"].rounding_precision == Decimal("0.5")
    assert client.post("/items/BIKE/", {**card(client), "units-1-remove": "on"}).status_code == 302
    assert set(ItemUnitOfMeasure.objects.values_list("unit__code", flat=True)) == {"PCS", "PALLET"}


def test_wrong_units_are_refused_in_their_row(company: Company, as_role: Sign) -> None:
    company.item("BIKE")
    client = as_role("inventory manager")
    cases = (
        ({"units-0-quantity": "2"}, "id_units-0-quantity_error"),
        ({"units-1-quantity": "many"}, "id_units-1-quantity_error"),
        ({"units-1-quantity": "0"}, "id_units-1-quantity_error"),
        ({"units-1-quantity": ""}, "id_units-1-quantity_error"),
        ({"units-1-precision": "7"}, "id_units-1-precision_error"),
        ({"units-2-quantity": "5"}, "id_units-2-code_error"),
        ({"units-2-code": "BOX", "units-2-quantity": "5"}, "id_units-2-code_error"),
        ({"units-2-code": "NONE", "units-2-quantity": "5"}, "id_units-2-code_error"),
    )
    for change, where in cases:
        answer = client.post("/items/BIKE/", {**card(client), **change, "description": "Other"})
        assert answer.status_code == 422, change
        assert f'id="{where}"' in answer.content.decode(), change
    assert Item.objects.get(number="BIKE").description == "BIKE"
    assert set(ItemUnitOfMeasure.objects.values_list("quantity_per_unit", flat=True)) == {1, 6}


def test_history_says_who_changed_what_and_from_what(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    client.post("/items/BIKE/", {**card(client), "description": "Road bike", "sales_unit": "BOX"})
    page = text(client, "/items/BIKE/history/")
    for words in ("<s>BIKE</s>", "Road bike", "Sales unit", "BOX", "inventory-manager", "Item card", "Description"):
        assert words in page, words
    part = client.get("/items/BIKE/history/", headers={"HX-Request": "true"}).content.decode()
    assert "Road bike" in part
    assert "<html" not in part


# ---------------------------------------------------------------- new items


def new(client: Client, **values: str) -> Any:
    sent = {"number": "NEW1", "description": "New one", "base_unit": "PCS", "type": "inventory",
            "costing_method": "fifo", **values}  # fmt: skip
    return client.post("/items/new/", sent)


def test_a_new_item_opens_on_its_card(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    assert "Make the first item" in text(client, "/items/")
    assert "Make the first item" not in text(as_role("viewer"), "/items/")
    assert new(client).headers["Location"] == "/items/NEW1/"
    assert Item.objects.get().base_unit.code == "PCS"
    assert "Item NEW1 was made." in text(client, "/items/NEW1/")


def test_a_new_item_that_is_wrong_keeps_what_was_typed(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    company.item("OLD")
    answer = new(client, number="old", base_unit="", costing_method="specific", description="Keep me")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"number", "base_unit", "item_tracking_code"}
    assert 'value="Keep me"' in answer.content.decode()
    assert new(client, number="").context["form"].errors.keys() == {"number"}
    assert Item.objects.count() == 1


def test_a_blank_number_takes_the_next_one(company: Company, as_role: Sign) -> None:
    with acting(company.user, "test"):
        series = NumberSeries.objects.create(code="ITEMS")
        NumberSeriesLine.objects.create(series=series, starting_number="I-001")
        InventorySetup.objects.update(item_number_series=series)
    client = as_role("inventory manager")
    assert "series ITEMS" in text(client, "/items/new/").replace("Series", "series")
    assert new(client, number="").headers["Location"] == "/items/I-001/"


def test_one_template_is_applied_and_several_are_offered(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    with acting(company.user, "test"):
        ItemTemplate.objects.create(
            code="TRADE", description="Trade goods", costing_method="average", base_unit=company.unit,
            inventory_posting_group=company.group, overhead_rate=Decimal(2),
        )  # fmt: skip
    form = client.get("/items/new/").context["form"]
    assert (form["costing_method"].value(), form["inventory_posting_group"].value()) == ("average", "RESALE")
    new(client, costing_method="average", base_unit="")
    assert Item.objects.get(number="NEW1").overhead_rate == 2
    with acting(company.user, "test"):
        ItemTemplate.objects.create(code="SERVICE", type="service")
    offered = text(client, "/items/new/")
    assert "Trade goods" in offered
    assert "?template=SERVICE" in offered
    assert "Without a template" in offered
    assert client.get("/items/new/?template=SERVICE").context["form"]["type"].value() == "service"
    assert new(client, number="NEW2", template="SERVICE", type="service").status_code == 302
    assert Item.objects.get(number="NEW2").type == "service"
    assert new(client, number="NEW3", template="").status_code == 302
    assert Item.objects.get(number="NEW3").overhead_rate == 0
    answer = new(client, number="NEW4", template="GONE")
    assert answer.status_code == 422
    assert "There is no such template" in answer.content.decode()


# ---------------------------------------------------------------- list


def test_the_list_narrows_and_pages_by_number(company: Company, as_role: Sign) -> None:
    for number in range(60):
        company.item(f"I{number:03}", costing_method="average" if number % 2 else "fifo")
    client = as_role("inventory manager")
    first = client.get("/items/")
    assert "/items/I049/" in first.content.decode()
    assert "/items/I050/" not in first.content.decode()
    assert "/items/I050/" in text(client, f"/items/{first.context['later']}")
    found = text(client, "/items/?costing_method=average&q=i00")
    assert "/items/I001/" in found
    assert "/items/I002/" not in found
    assert "Nothing matches" in text(client, "/items/?q=zzz")
    assert client.get("/items/?type=nonsense").status_code == 400
    assert client.get("/items/?q=%00").status_code == 400


def test_numbers_of_the_list_open_their_rows(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory accountant")
    rows = {cells[0]["text"]: cells for cells in client.get("/items/").context["rows"]}
    for cell in (rows["BIKE"][2], rows["BIKE"][5]):
        assert client.get(cell["url"]).context["opened"]["equal"], cell
    assert rows["BIKE"][5]["text"] == "66.50"
