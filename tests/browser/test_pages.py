"""The pages around the grid, without a browser: who may open them, what they list, and what the scripts are told."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from posting.models import ItemJournalBatch, ItemJournalTemplate
from tests.factories import Company
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(client: Client, people: dict[str, User]) -> Client:
    client.force_login(people["mara"])
    return client


def config_of(client: Client, address: str = "/journals/ITEM/DEFAULT/") -> dict[str, Any]:
    """What the scripts of the page are told."""
    text = client.get(address).content.decode()
    found = re.search(r'<script id="journal-config" type="application/json">(.*?)</script>', text, re.S)
    assert found
    config: dict[str, Any] = json.loads(found[1])
    return config


def test_journals_need_the_permission(client: Client, people: dict[str, User]) -> None:
    assert client.get("/journals/").status_code == 302
    client.force_login(User.objects.create_user("nobody"))
    for address in ("/journals/", "/journals/ITEM/DEFAULT/"):
        assert client.get(address).status_code == 403


def test_list_counts_waiting_lines(mara: Client, company: Company) -> None:
    for _ in range(3):
        company.line("purchase", None, 1)
    page = mara.get("/journals/").content.decode()
    assert re.search(r'href="/journals/ITEM/DEFAULT/">3</a>', page)
    assert 'href="/journals/RECLASS/DEFAULT/"' in page


def test_list_asks_as_often_for_thirty_batches_as_for_three(
    mara: Client, company: Company, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as asked:
        mara.get("/journals/")
    template = ItemJournalTemplate.objects.get(name="ITEM")
    ItemJournalBatch.objects.bulk_create(ItemJournalBatch(template=template, name=f"B{n}") for n in range(30))
    with django_assert_num_queries(len(asked)):
        mara.get("/journals/")


def test_a_new_name_makes_a_batch(mara: Client) -> None:
    answer = mara.post("/journals/", {"template": "ITEM", "name": "daily"})
    assert answer.headers["Location"] == "/journals/ITEM/DAILY/"
    assert ItemJournalBatch.objects.filter(template__name="ITEM", name="DAILY").exists()


def test_a_name_that_is_none_is_refused(mara: Client) -> None:
    for name in ("", "ABCDEFGHIJK", "A/B"):
        answer = mara.post("/journals/", {"template": "ITEM", "name": name})
        assert answer.status_code == 422, name
    assert mara.post("/journals/", {"template": "NONE", "name": "A"}).status_code == 422
    assert not ItemJournalBatch.objects.exclude(name="DEFAULT").exists()


def test_names_are_written_in_capitals(mara: Client) -> None:
    assert mara.get("/journals/item/default/").headers["Location"] == "/journals/ITEM/DEFAULT/"
    assert mara.get("/journals/NOWHERE/DEFAULT/").status_code == 404


def test_columns_and_first_values(mara: Client) -> None:
    item, moves = config_of(mara), config_of(mara, "/journals/RECLASS/DEFAULT/")
    path = [column["field"] for column in item["columns"] if column.get("quick")]
    assert path == ["item", "entry_type", "location", "quantity", "unit_amount"]
    assert item["first"]["entry_type"] == "purchase"
    assert [kind["value"] for kind in item["choices"]["entry_type"]] == [
        "purchase", "sale", "positive_adjmt", "negative_adjmt",
    ]  # fmt: skip
    assert [column["field"] for column in moves["columns"] if column.get("quick")] == [
        "item", "location", "new_location", "quantity",
    ]  # fmt: skip
    assert item["mayPost"]


def test_without_the_permission_costs_are_left_out(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["wim"])
    columns = {column["field"]: column for column in config_of(client)["columns"]}
    assert "unit_cost" not in columns
    assert columns["unit_amount"]["onlyFor"] == "sale"
