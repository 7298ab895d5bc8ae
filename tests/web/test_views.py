"""Saved views, chosen columns, groups and late counts: whose they are, and that they say the truth."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.models import Item
from tests.factories import Company
from users.models import User
from web.list_groups import count_rows
from web.models import ListPreference, SavedView

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def save(client: Client, name: str = "Mine", state: str = "?f.number=A*&sort=-number", **more: str) -> Any:
    return client.post("/lists/items/views/", {"do": "save", "name": name, "state": state, **more}, follow=True)


def act(client: Client, view: SavedView, do: str, state: str = "", **more: str) -> Any:
    return client.post("/lists/items/views/", {"do": do, "view": view.pk, "state": state, **more}, follow=True)


def tabs(client: Client, path: str = "/items/?view=") -> list[str]:
    return [tab.name for tab in client.get(path).context["tabs"]]


@pytest.fixture
def goods(company: Company) -> Company:
    for number in ("A1", "A2", "B1"):
        company.item(number)
    company.change(Item.objects.get(number="A2"), blocked=True)
    return company


# ---------------------------------------------------------------- views


def test_a_view_keeps_filters_columns_order_and_grouping(goods: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    state = "?f.number=A*&f.number=*1&blocked=false&sort=-number&columns=number,gtin&q=a&after=x"
    assert save(client, state=state).context["view"].name == "Mine"
    view = SavedView.objects.get()
    answer = client.get(f"/items/?view={view.pk}")
    opened = client.get("/items/" + answer.headers["Location"].removeprefix("/items/"))
    assert [line.key for line in opened.context["rows"]] == ["A1"]
    assert [head["label"] for head in opened.context["heads"]] == ["Number", "GTIN"]
    assert not opened.context["view_changed"]
    assert "after" not in str(view.state)
    save(client, "Groups", "?group=blocked")
    groups = SavedView.objects.get(name="Groups")
    assert client.get(f"/items/?view={groups.pk}", follow=True).context["groups"]


def test_views_are_changed_by_whoever_made_them(goods: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    save(client)
    view = SavedView.objects.get()
    assert client.get(f"/items/?view={view.pk}&f.number=B*").context["view_changed"]
    act(client, view, "overwrite", "?f.number=B*")
    view.refresh_from_db()
    assert view.state == {"filters": [["f.number", "B*"]]}
    act(client, view, "rename", name="  Ours   now ")
    view.refresh_from_db()
    assert view.name == "Ours now"
    act(client, view, "default")
    assert client.get("/items/").headers["Location"] == f"/items/?view={view.pk}&f.number=B%2A"
    assert client.get("/items/?view=").status_code == 200
    act(client, view, "plain")
    assert client.get("/items/").status_code == 200
    act(client, view, "default")
    act(client, view, "delete")
    assert not SavedView.objects.exists()
    assert client.get("/items/").status_code == 200


@pytest.mark.parametrize(
    ("name", "words"), [("", "1 to 60"), (" \x00 ", "1 to 60"), ("x" * 61, "1 to 60"), ("mine", "already")]
)
def test_a_name_that_will_not_do_is_refused(goods: Company, as_role: Sign, name: str, words: str) -> None:
    client = as_role("viewer")
    save(client)
    assert words in save(client, name).content.decode()
    assert SavedView.objects.count() == 1


def test_sharing_needs_a_permission_of_its_own(goods: Company, as_role: Sign) -> None:
    viewer, manager, worker = as_role("viewer"), as_role("inventory manager"), as_role("warehouse worker")
    for audience in ("role", "everyone"):
        refused = save(viewer, audience, audience=audience, role="viewer")
        assert "for yourself" in refused.content.decode()
    assert "audience" not in viewer.get("/items/").content.decode()
    save(manager, "Private")
    save(manager, "Viewers", audience="role", role="viewer")
    save(manager, "Everybody", audience="everyone")
    assert "Choose the role" in save(manager, "x", audience="role", role="nobody").content.decode()
    assert tabs(manager) == ["All", "Everybody", "Private", "Viewers"]
    assert tabs(viewer) == ["All", "Everybody", "Viewers"]
    assert tabs(worker) == ["All", "Everybody"]
    private, shared = SavedView.objects.get(name="Private"), SavedView.objects.get(name="Viewers")
    assert act(viewer, private, "delete").status_code == 404
    for do in ("overwrite", "delete", "rename"):
        assert "is not yours" in act(viewer, shared, do, "?q=x", name="y").content.decode()
    shared.refresh_from_db()
    assert (shared.name, shared.state["sort"]) == ("Viewers", "-number")
    accountant = as_role("inventory accountant")
    accountant_user = User.objects.get(username="inventory-accountant")
    accountant_user.groups.add(Group.objects.get(name="viewer"))
    act(accountant, shared, "rename", name="Renamed")
    assert tabs(viewer) == ["All", "Everybody", "Renamed"]
    as_role("salesperson").post("/lists/items/views/", {"do": "default", "view": private.pk})
    assert not ListPreference.objects.exclude(default_view=None).exists()


def test_a_view_whose_column_is_gone_says_so_and_shows_the_rest(goods: Company, as_role: Sign) -> None:
    manager, viewer = as_role("inventory manager"), as_role("viewer")
    state = "?f.number=A*&f.unit_cost=%3E0&f.colour=red&columns=number,value,size&sort=-value"
    save(manager, "Costly", state, audience="everyone")
    view = SavedView.objects.get()
    opened = viewer.get(f"/items/?view={view.pk}", follow=True)
    assert opened.status_code == 200
    assert [line.key for line in opened.context["rows"]] == ["A1", "A2"]
    assert set(opened.context["view_gone"].split(", ")) == {"colour", "size", "unit_cost", "value"}
    assert "The rest of the view is shown" in opened.content.decode()
    assert set(manager.get(f"/items/?view={view.pk}", follow=True).context["view_gone"].split(", ")) == {
        "colour",
        "size",
    }


@pytest.mark.parametrize("key", ["", "0", "9" * 30, "x", "٣", "-1"])
def test_a_view_that_is_not_there_is_not_found(goods: Company, as_role: Sign, key: str) -> None:
    client = as_role("viewer")
    assert client.post("/lists/items/views/", {"do": "delete", "view": key}).status_code == 404
    assert client.get(f"/items/?view={key}").status_code == 200


def test_lists_one_may_not_open_have_no_views_counts_or_columns(goods: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    for name in ("value-entries", "gl-entries", "nothing"):
        assert client.get(f"/lists/{name}/count/").status_code == 404
        assert client.get(f"/lists/{name}/counts/").status_code == 404
        assert client.post(f"/lists/{name}/views/", {"do": "save", "name": "x"}).status_code == 404
        assert client.post(f"/lists/{name}/columns/", {"column": "item"}).status_code == 404


# ---------------------------------------------------------------- columns


def test_columns_are_chosen_ordered_and_put_back(goods: Company, as_role: Sign) -> None:
    client = as_role("viewer")

    def heads(path: str = "/items/") -> list[str]:
        return [str(head["label"]) for head in client.get(path).context["heads"]]

    first = heads()
    client.post("/lists/items/columns/", {"column": ["vendor", "number", "value", "nothing"], "state": "?q=a"})
    assert heads() == ["Vendor", "Number"]
    assert [choice["name"] for choice in client.get("/items/").context["choices"]][:2] == ["vendor", "number"]
    assert heads("/items/?columns=gtin") == ["GTIN"]
    client.post("/lists/items/columns/", {"do": "reset"})
    assert heads() == first
    save(client)
    view = SavedView.objects.get()
    kept = client.post("/lists/items/columns/", {"column": ["gtin"], "state": f"?view={view.pk}&f.number=A*"})
    assert kept.headers["Location"] == f"/items/?view={view.pk}&f.number=A%2A&columns=gtin"
    assert heads() == first


# ---------------------------------------------------------------- groups and counts


def test_groups_add_up_and_every_figure_opens_its_rows(traded: Company, as_role: Sign) -> None:
    client, opened = as_role("inventory accountant"), 0
    for path, group in (
        ("/item-ledger-entries/", "item"), ("/item-ledger-entries/", "entry_type"),
        ("/item-ledger-entries/", "location"), ("/item-ledger-entries/", "posting_date"),
        ("/item-ledger-entries/", "vendor"), ("/value-entries/", "item"), ("/value-entries/", "valued_on"),
        ("/items/", "costing_method"), ("/items/", "blocked"),
        ("/gl-entries/", "account"), ("/item-registers/", "known_at"), ("/item-registers/", "source_code"),
    ):  # fmt: skip
        answer = client.get(f"{path}?group={group}")
        assert answer.status_code == 200, (path, group)
        total = 0
        for line in answer.context["groups"]:
            count = client.get(f"/lists/{path.strip('/')}/count/{line['url']}").context["count"]
            assert line["count"] == str(count), (path, group, line["words"])
            total += count
            for cell in line["figures"]:
                if "figure=" in cell["url"]:
                    assert client.get(path + cell["url"]).context["opened"]["equal"], cell
                    opened += 1
        assert str(total) == answer.context["group_foot"]["count"]
    assert opened > 20


def test_groups_stay_inside_what_is_narrowed_already(company: Company, as_role: Sign) -> None:
    from datetime import date

    bike = company.item("BIKE")
    for day in (5, 15, 25):
        company.line("purchase", bike, day, posting_date=date(2026, 1, day))
    company.post()
    client = as_role("viewer")
    group = client.get("/item-ledger-entries/?f.posting_date=2026-01-10..&group=posting_date").context["groups"][0]
    assert (group["words"], group["count"], group["figures"][0]["text"]) == ("January 2026", "2", "40")
    assert client.get(f"/item-ledger-entries/{group['figures'][0]['url']}").context["opened"]["equal"]


def test_costs_are_in_no_group_of_whoever_may_not_see_them(traded: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    answer = client.get("/item-ledger-entries/?group=item")
    assert "Cost" not in [str(label) for label in answer.context["group_heads"]]
    assert "66.50" not in answer.content.decode()
    assert client.get("/items/?group=unit_cost").status_code == 400


def test_counts_come_late_and_are_exact(goods: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    assert "3 rows" in client.get("/lists/items/count/").content.decode()
    assert "1 row<" in client.get("/lists/items/count/?f.number=B*").content.decode()
    assert "0 rows" in client.get("/lists/items/count/?f.nothing=B*").content.decode()
    save(client)
    save(client, "Sick", "?f.colour=x")
    counts = client.get("/lists/items/counts/").json()
    assert list(counts.values()) == ["3", "2", "3"]


def test_a_count_that_takes_too_long_is_given_up(goods: Company) -> None:
    slow = Item.objects.extra(where=["pg_sleep(1) IS NOT NULL"])
    assert count_rows(slow, within=100) is None
    assert count_rows(Item.objects.all()) == 3
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] in ("0", "1min", "30s")


def test_statements_do_not_grow_with_rows_views_or_groups(company: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    paths = ("/items/?view=", "/items/?group=vendor", "/items/?sort=-value&f.on_hand=0", "/lists/items/count/")

    def statements() -> list[int]:
        found = []
        for path in paths:
            client.get(path)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(path).status_code == 200
            found.append(len(seen))
        return found

    for number in range(3):
        company.item(f"A{number}")
        save(client, f"View {number}")
    few = statements()
    for number in range(27):
        company.item(f"B{number:02}", unit_price=Decimal(number))
        save(client, f"More {number}")
    assert statements() == few
    assert "already" in save(client, "One too many").content.decode()
