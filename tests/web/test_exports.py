"""Lists as files: what stands in them, for whom, and how they are fetched."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Item
from tests.factories import Company
from users.models import User
from web import exports
from web.models import ExportedFile
from web.tasks import forget_old_exports
from web.views import exports as export_pages
from work.jobs import run_job
from work.models import Job

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return list(book.active.iter_rows(values_only=True))


def export(client: Client, name: str = "items", **posted: Any) -> Any:
    return client.post(f"/lists/{name}/export/", {"all": "1", **posted})


def test_the_shown_columns_are_written_with_their_kinds(traded: Company, as_role: Sign) -> None:
    rows = sheet(export(as_role("inventory manager")))
    assert rows[0][:6] == ("Number", "Description", "On hand", "Base unit", "Unit cost", "Value")
    bike = next(row for row in rows if row[0] == "BIKE")
    assert bike[:6] == ("BIKE", "BIKE", 7, "PCS", 9.5, 66.5)
    state = "?f.entry_type=sale&columns=posting_date,entry_type,quantity,correction"
    entries = sheet(export(as_role("salesperson"), "item-ledger-entries", state=state))
    assert entries[1:] == [(datetime(2026, 1, 5), "Sale", -13, "no")]


def test_every_column_of_every_list_can_be_written(traded: Company, as_role: Sign) -> None:
    from web.listings import LISTINGS, listing_for

    client = as_role("inventory manager")
    user = User.objects.get(username="inventory-manager")
    for name in LISTINGS:
        listing = listing_for(name, user)
        assert listing is not None
        names = ",".join(column.name for column in listing.columns)
        rows = sheet(export(client, name, state=f"?columns={names}"))
        assert rows[0] == tuple(str(column.label) for column in listing.columns)
        assert len(rows) > 1, name


def test_text_is_never_a_formula(company: Company, as_role: Sign) -> None:
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "a\tb", "\u202eevil", "🔔 ' \""]
    for number, words in enumerate(bad):
        company.change(company.item(f"I{number}"), description=words)
    company.change(Item.objects.get(number="I0"), block_reason="a\x07b")
    answer = export(as_role("viewer"), state="?columns=description,block_reason")
    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == bad
    assert {cell.data_type for cell in cells} == {"s"}
    assert sheet(answer)[1][1] == "a�b"


def test_numbers_that_a_spreadsheet_would_round_are_text(company: Company, as_role: Sign) -> None:
    company.item("A", net_weight=Decimal("123456789012345.12345"), gross_weight=Decimal("0.5"))
    row = sheet(export(as_role("viewer"), state="?columns=net_weight,gross_weight"))[1]
    assert row == ("123456789012345.12345", 0.5)


def test_costs_are_in_no_file_of_whoever_may_not_see_them(traded: Company, as_role: Sign) -> None:
    viewer = as_role("viewer")
    rows = sheet(export(viewer, state="?columns=number,unit_cost,value,standard_cost"))
    assert rows[0] == ("Number",)
    assert export(viewer, state="?f.unit_cost=%3E0").status_code == 302
    assert export(viewer, "value-entries").status_code == 404
    assert as_role("").post("/lists/items/export/", {"all": "1"}).status_code == 404


def test_a_selection_is_written_in_the_order_of_the_list(company: Company, as_role: Sign) -> None:
    for number in ("A1", "A2", "B1", "C 1/2"):
        company.item(number)
    client = as_role("viewer")

    def numbers(**posted: Any) -> list[Any]:
        return [row[0] for row in sheet(client.post("/lists/items/export/", posted))[1:]]

    assert numbers(keys=["B1", "C 1/2", "A1", "NONE", "\x00"], state="?sort=-number") == ["C 1/2", "B1", "A1"]
    assert numbers(all="1", state="?f.number=A*") == ["A1", "A2"]
    assert numbers(all="1", keys=["B1"], state="?f.number=A*") == ["A1", "A2"]
    assert numbers(keys=["B1"], state="?f.number=A*") == []
    assert numbers() == []
    company.post(company.line("purchase", Item.objects.get(number="A1"), 1))
    keys = {"keys": ["x", "9" * 30, "٣"]}
    assert len(sheet(client.post("/lists/item-ledger-entries/export/", keys))) == 1


def test_keys_come_first_and_a_check_last(traded: Company, as_role: Sign) -> None:
    client = as_role("inventory manager")
    posted = {"keyed": "1", "state": "?columns=description,on_hand"}
    rows = sheet(export(client, **posted))
    assert rows[0] == ("number", "description", "on_hand", "check")
    before = {row[0]: row[-1] for row in rows[1:]}
    company_item = Item.objects.get(number="BIKE")
    traded.change(company_item, description="Other")
    after = {row[0]: row[-1] for row in sheet(export(client, **posted))[1:]}
    assert {number for number in before if before[number] != after[number]} == {"BIKE"}
    assert exports.check_of([Decimal("1.50"), None, date(2026, 1, 1)]) == exports.check_of(
        [Decimal("1.5"), "", "2026-01-01"]
    )


@pytest.mark.django_db(transaction=True)
def test_a_large_export_is_a_job_with_a_file_of_ones_own(
    company: Company, as_role: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pages, "AT_ONCE", 3)
    for number in range(5):
        company.item(f"I{number}")
    client, other = as_role("purchaser"), as_role("viewer")
    answer = export(client, state="?sort=-number&columns=number,unit_cost")
    job = Job.objects.get()
    run_job(job.pk)
    job.refresh_from_db()
    assert (answer.headers["Location"], job.state) == (f"/jobs/{job.pk}/", "done")
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert f'href="/exports/{job.pk}/"' in page
    rows = sheet(client.get(f"/exports/{job.pk}/"))
    assert rows == [("Number", "Unit cost"), *((f"I{number}", 0) for number in (4, 3, 2, 1, 0))]
    assert other.get(f"/exports/{job.pk}/").status_code == 404
    User.objects.get(username="purchaser").groups.clear()
    assert client.get(f"/exports/{job.pk}/").status_code == 403
    ExportedFile.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert forget_old_exports() == 1
    assert client.get(f"/exports/{job.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_job_works_under_the_permissions_of_the_moment(
    company: Company, as_role: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pages, "AT_ONCE", 1)
    for number in range(3):
        company.item(f"I{number}")
    client, user = as_role("purchaser"), None
    for change in ("roles", "active"):
        export(client)
        user = User.objects.get(username="purchaser")
        if change == "roles":
            user.groups.clear()
        else:
            user.is_active = False
            user.save()
        job = Job.objects.order_by("-created_at")[0]
        run_job(job.pk)
        job.refresh_from_db()
        assert job.state == "failed"
        assert "no longer" in job.error
        if change == "roles":
            from django.contrib.auth.models import Group

            user.groups.add(Group.objects.get(name="purchaser"))
    assert not ExportedFile.objects.exists()


def test_statements_of_an_export_do_not_grow_with_rows(company: Company, as_role: Sign) -> None:
    client, found = as_role("inventory manager"), []
    state = "?columns=number,vendor,inventory_posting_group,sales_unit,item_tracking_code,value"
    for number in (3, 30):
        for place in range(number):
            company.item(f"N{number}-{place}")
        export(client, state=state)
        with CaptureQueriesContext(connection) as seen:
            export(client, state=state)
        found.append(len(seen))
    assert found[0] == found[1]
