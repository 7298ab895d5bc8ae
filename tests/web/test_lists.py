"""What every list can: narrow by any column, sort with ties, and keep to what one may see."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from inventory.models import Item
from tests.factories import Company
from users.models import User
from web.listings import LISTINGS, listing_for

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def numbers(client: Client, query: str, path: str = "/items/") -> list[str]:
    answer = client.get(path + query)
    assert answer.status_code == 200, query
    return [line[0]["text"] for line in answer.context["rows"]]


@pytest.fixture
def shelf(company: Company) -> Company:
    """Four items; two are sold below zero, and two have the same price."""
    for number, price in (("A1", 5), ("A2", 5), ("B1", 7), ("B2", 1)):
        company.item(number, unit_price=Decimal(price))
    company.post(
        company.line("purchase", Item.objects.get(number="A1"), 3, unit_amount="2"),
        company.line("sale", Item.objects.get(number="B1"), 2),
        company.line("sale", Item.objects.get(number="B2"), 1),
    )
    return company


def test_columns_are_narrowed_by_what_is_typed(shelf: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    assert numbers(client, "?f.on_hand=%3C0") == ["B1", "B2"]
    assert numbers(client, "?f.on_hand=%3C0&f.unit_price=5..10") == ["B1"]
    assert numbers(client, "?f.number=A*|b2") == ["A1", "A2", "B2"]
    assert numbers(client, "?f.number=A*&f.number=*1") == ["A1"]
    assert numbers(client, "?q=a&f.value=%3E0") == ["A1"]
    assert len(numbers(client, "?f.entry_type=sale&f.posting_date=2026-01", "/item-ledger-entries/")) == 2
    assert not numbers(client, "?f.posting_date=last+30+days&f.cost=0", "/value-entries/")


def test_every_column_of_every_list_can_be_narrowed_sorted_and_shown(
    traded: Company, as_role: Sign, django_user_model: type[User]
) -> None:
    client, seen = as_role("inventory manager"), 0
    user = django_user_model.objects.get(username="inventory-manager")
    typed = {"code": "A*|<>''", "text": "@*a?b*", "number": "-5..5|>1", "whole": "<>7", "date": "this year",
             "moment": "..today", "flag": "no"}  # fmt: skip
    for name in LISTINGS:
        listing = listing_for(name, user)
        assert listing is not None
        for column in listing.columns:
            query = {"columns": column.name}
            if column.kind:
                query[f"f.{column.name}"] = typed.get(column.kind) or f"<>{column.choices[1][1]}"
            if column.may_sort:
                query["sort"] = f"-{column.name}"
            answer = client.get(f"/{name}/", query)
            assert answer.status_code == 200, (name, column.name)
            assert [head["label"] for head in answer.context["heads"]] == [column.label]
            seen += 1
    assert seen > 90


WRONG = {
    "f.on_hand=many": "A number belongs here", "f.on_hand=" + "9" * 40: "that large", "f.number=%00": "NUL",
    "f.costing_method=purple": "Choose one of: FIFO", "f.nothing=1": "no column nothing",
    "f.blocked=perhaps": "yes or no",
    "f.number='x": "quote is opened", "sort=nothing": "cannot be sorted", "group=nothing": "cannot be grouped",
    "group=description": "cannot be grouped", "f.state=1": "no column state", "sort=state": "cannot be sorted",
    "f.description=%F0%9F%94%94||": "value is missing", "f.%F0%9F%94%94=1": "no column 🔔",
}  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_what_is_not_understood_is_refused_in_words(shelf: Company, as_role: Sign, query: str) -> None:
    answer = as_role("inventory manager").get(f"/items/?{query}")
    assert answer.status_code == 400
    assert not answer.context["rows"]
    assert WRONG[query] in answer.content.decode().replace("&#x27;", "'")


def test_what_one_may_not_see_one_cannot_narrow_sort_group_or_show(shelf: Company, as_role: Sign) -> None:
    viewer, manager = as_role("viewer"), as_role("inventory manager")
    for name in ("unit_cost", "value", "standard_cost", "last_direct_cost", "overhead_rate", "indirect_cost_percent"):
        assert manager.get(f"/items/?f.{name}=%3E0").status_code == 200, name
        hidden, unknown = viewer.get(f"/items/?f.{name}=%3E0"), viewer.get("/items/?f.nothing=%3E0")
        assert hidden.status_code == 400, name
        assert hidden.context["asked"].problems[0] == unknown.context["asked"].problems[0].replace("nothing", name)
        assert viewer.get(f"/items/?sort={name}").status_code == 400, name
        shown = viewer.get(f"/items/?columns={name},number")
        assert [head["label"] for head in shown.context["heads"]] == ["Number"]
        assert f'value="f.{name}"' not in shown.content.decode()
    assert viewer.get("/item-ledger-entries/?f.cost=%3E0").status_code == 400
    assert manager.get("/item-ledger-entries/?f.cost=%3E0").status_code == 200


def test_no_filter_is_shared_with_a_column_that_needs_more(as_role: Sign, django_user_model: type[User]) -> None:
    """A viewer's list offers nothing under the name of a column that a viewer does not see."""
    as_role("viewer")
    viewer = django_user_model.objects.get(username="viewer")
    for name in LISTINGS:
        listing = listing_for(name, viewer)
        if listing is None:
            continue
        hidden = {c.name for c in listing.columns if c.permission} | {c.where for c in listing.columns if c.permission}
        assert not hidden & set(listing.filters.base_filters), name


def test_a_filter_is_added_in_words(shelf: Company, as_role: Sign) -> None:
    client = as_role("viewer")
    answer = client.get("/items/?sort=-on_hand&add=f.number&words=+A*+&after=x")
    assert answer.headers["Location"] == "/items/?sort=-on_hand&f.number=A%2A"
    assert client.get("/items/?add=in_stock&words=Yes").headers["Location"] == "/items/?in_stock=true"
    assert client.get("/items/?f.number=A1&add=f.number&words=").headers["Location"] == "/items/?"
    refused = client.get("/items/?add=in_stock&words=perhaps")
    assert refused.status_code == 400
    assert "Type yes or no" in refused.content.decode()
    assert client.get("/items/?add=unit_cost&words=1").status_code == 400


def test_chips_say_what_is_on_and_take_it_off(shelf: Company, as_role: Sign) -> None:
    answer = as_role("viewer").get("/items/?f.number=A*&negative=false&q=a&sort=-number")
    chips = answer.context["shown_chips"]
    assert [(chip.label, chip.words) for chip in chips] == [("Below zero", "No"), ("Number", "A*")]
    assert chips[1].without == "?negative=false&q=a&sort=-number"
    assert answer.context["cleared"] == "?sort=-number"


def test_a_cell_knows_the_filter_that_finds_it(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    for name in LISTINGS:
        answer = client.get(f"/{name}/")
        heads = [head["name"] for head in answer.context["heads"]]
        for line in answer.context["rows"][:4]:
            for column, cell in zip(heads, line, strict=True):
                if cell["filter"]:
                    found = client.get(f"/{name}/", {column: cell["filter"]})
                    assert line.key in [other.key for other in found.context["rows"]], (name, column, cell["filter"])


# ---------------------------------------------------------------- order and pages


@pytest.mark.parametrize("sort", ["unit_price", "-unit_price", "vendor", "-vendor", "on_hand", "-blocked", "-number"])
def test_pages_are_whole_in_any_order(company: Company, as_role: Sign, sort: str) -> None:
    """Many ties and many blanks: each row once, forwards as well as backwards."""
    from inventory.models import Vendor
    from users.history import acting

    with acting(company.user, "test"):
        vendors = [Vendor.objects.create(number=f"V{number}", name="x") for number in range(3)]
    for number in range(130):
        company.item(f"I{number:03}", unit_price=Decimal(number % 4), blocked=number % 2 == 0)
    for number in range(0, 130, 5):
        company.change(Item.objects.get(number=f"I{number:03}"), vendor=vendors[number % 3])
    client, seen, query = as_role("viewer"), [], f"?sort={sort}"
    pages = []
    while query:
        answer = client.get(f"/items/{query}&columns=number")
        pages.append([line.key for line in answer.context["rows"]])
        seen += pages[-1]
        last, query = query, answer.context["later"]
    assert len(seen) == len(set(seen)) == 130
    back = client.get(f"/items/{answer.context['earlier']}")
    assert [line.key for line in back.context["rows"]] == pages[-2]
    back = client.get(f"/items/{back.context['earlier']}")
    assert [line.key for line in back.context["rows"]] == pages[-3]
    assert not back.context["earlier"]
    assert last
    price = {item.number: item.unit_price for item in Item.objects.all()}
    if sort.endswith("unit_price"):
        assert [price[key] for key in seen] == sorted(price.values(), reverse=sort[0] == "-")


@pytest.mark.parametrize(
    "position",
    ['["x","I1"]', "[]", '["NaN","I1"]', '[null,"I1"]', "x", '{"a":1}', '["1e999","I"]', '["5","\\u0000"]', "[5,5]"],
)
def test_a_mangled_position_in_an_order_does_no_harm(shelf: Company, as_role: Sign, position: str) -> None:
    client = as_role("viewer")
    for sort in ("unit_price", "vendor", "description", "number"):
        for side in ("after", "before"):
            assert client.get("/items/", {"sort": sort, side: position}).status_code == 200


def test_heads_say_how_the_list_is_sorted(shelf: Company, as_role: Sign) -> None:
    client = as_role("viewer")

    def heads(query: str) -> dict[str, Any]:
        return {head["label"]: head for head in client.get(f"/items/{query}").context["heads"]}

    assert heads("")["Number"]["sorted"] == "ascending"
    assert heads("")["Number"]["url"] == "?sort=-number"
    turned = heads("?sort=-on_hand&f.number=A*")["On hand"]
    assert (turned["sorted"], turned["url"]) == ("descending", "?f.number=A%2A&sort=on_hand")
    assert heads("?sort=on_hand")["Number"]["sorted"] == ""
