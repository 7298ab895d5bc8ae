"""Journal files: rehearsed with everything that posting would say, then in, or in and posted, or not at all."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.journal import JournalImported, import_journal
from imports.models import ImportRun
from ledger.audit import audit_ledger
from ledger.models import ItemLedgerEntry, ItemRegister
from posting.models import ItemJournalBatch, ItemJournalLine
from tests.factories import Company
from users.accounts import make_user
from users.models import User
from users.roles import sync_roles
from work.errors import Refusal, Refused
from work.queue import drain

pytestmark = pytest.mark.django_db
Make = Callable[..., Path]
DAY = date(2026, 1, 5)
HEADER = "Posting date;Type;Document No.;Item No.;Location Code;Qty.;Unit of Measure;Amount"


def load(path: Path, user: User, batch: str = "ITEM/DEFAULT", **options: Any) -> JournalImported:
    return import_journal(batch, path, user=user, work_date=DAY, **options)


def codes(done: JournalImported) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in done.problems.first]


def test_lines_come_in_as_typed(boss: User, company: Company, csv_file: Make) -> None:
    item = company.item("BIKE")
    path = csv_file(HEADER, "5.1.2026;Purchase;p1;bike;east;2;BOX;120,50", "2026-01-06;sale;S1;BIKE;;1;;", "")
    done = load(path, boss, "mine")
    assert (done.written, done.rows, done.batch) == (True, 2, "ITEM/MINE")
    first, second = ItemJournalLine.objects.order_by("line_number")
    assert (first.item, first.unit, first.location, first.document_number) == (item, company.box, company.east, "P1")
    assert (first.posting_date, str(first.amount), first.document_date) == (DAY, "120.50", DAY)
    assert (second.entry_type, second.location, second.unit, second.description) == ("sale", None, company.unit, "BIKE")
    assert (second.amount, first.changed_by) == (None, boss)


def test_in_and_posted_in_one_go(boss: User, company: Company, csv_file: Make) -> None:
    company.item("BIKE")
    before = company.line("purchase", None, 1)
    path = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;2;BOX;120", "2026-01-06;Sale;S1;BIKE;;3;;90")
    out = StringIO()
    call_command("import_journal", "DEFAULT", str(path), post=True, stdout=out)
    assert "2 lines imported into ITEM/DEFAULT and posted in register" in out.getvalue()
    assert [entry.quantity for entry in ItemLedgerEntry.objects.order_by("pk")] == [12, -3]
    assert list(ItemJournalLine.objects.all()) == [before]
    assert ImportRun.objects.get().register_id == ItemRegister.objects.get().pk
    drain()
    assert audit_ledger() == []


def test_the_same_file_twice_needs_a_word(boss: User, company: Company, csv_file: Make) -> None:
    company.item("BIKE")
    path = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;2;;120")
    load(path, boss, post=True)
    with pytest.raises(Refusal) as caught:
        load(path, boss, post=True)
    assert caught.value.code == "already_imported"
    assert load(path, boss, rehearse=True).problems.count == 0
    assert load(path, boss, post=True, again=True).written
    assert ItemLedgerEntry.objects.count() == 2


def test_everything_that_is_wrong_in_cells(boss: User, company: Company, csv_file: Make) -> None:
    company.item("BIKE")
    batches = ItemJournalBatch.objects.count()
    path = csv_file(
        HEADER,
        "2026-01-05;Purchase;P1;BIKE;;2;;120",
        "someday;Gift;P1;NONE;NOWHERE;many;SACK;1,234",
        ";;P1;;;;;",
        f"2026-01-05;Sale;S1;BIKE;;{'9' * 40};;",
        f"2026-01-05;Sale;{'S' * 21};BIKE;;1;;",
        "2026-01-05;Sale;S1;BIKE;;1;;;surplus",
        "2026-01-05;Sale;S\x001;BIKE;;1;;",
    )
    done = load(path, boss, "NEW")
    assert set(codes(done)) == {
        (3, "Posting date", "not_understood"), (3, "Type", "entry_type_not_allowed"), (3, "Item No.", "not_found"),
        (3, "Location Code", "not_found"), (3, "Qty.", "not_understood"), (3, "Unit of Measure", "not_found"),
        (3, "Amount", "number_too_fine"), (4, "Posting date", "value_missing"), (4, "Type", "value_missing"),
        (4, "Item No.", "value_missing"), (4, "Qty.", "value_missing"), (5, "Qty.", "number_too_large"),
        (6, "Document No.", "too_long"), (7, "", "too_many_cells"), (8, "Document No.", "character_not_allowed"),
    }  # fmt: skip
    assert done.problems.count == 15
    assert not done.written
    assert not ItemJournalLine.objects.exists()
    assert ItemJournalBatch.objects.count() == batches
    rehearsed = load(path, boss, "NEW", rehearse=True)
    assert set(codes(done)) <= set(codes(rehearsed))


def test_a_rehearsal_says_what_posting_would_say(boss: User, company: Company, csv_file: Make) -> None:
    company.item("BIKE", blocked=True)
    company.item("TYRE", prevent_negative_inventory="yes")
    bad = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;2;;1", "2026-01-05;Sale;;TYRE;;0;;1")
    wanted = {(2, "Item No.", "item_blocked"), (3, "Qty.", "quantity_is_zero"), (3, "Document No.", "value_missing")}
    assert set(codes(load(bad, boss, rehearse=True))) == wanted
    assert set(codes(load(bad, boss, post=True))) == wanted
    short = csv_file(HEADER, "2026-01-05;Purchase;P1;TYRE;;2;;1", "2026-01-05;Sale;S1;TYRE;;5;;1")
    assert codes(load(short, boss, rehearse=True)) == [(3, "Qty.", "not_on_inventory")]
    assert codes(load(short, boss, post=True)) == [(3, "Qty.", "not_on_inventory")]
    assert not ItemJournalLine.objects.exists()
    assert not ItemLedgerEntry.objects.exists()


def test_reclassifications_need_no_entry_type(boss: User, company: Company, xlsx_file: Make) -> None:
    item = company.item("BIKE")
    company.post(company.line("purchase", item, 5, amount="10", location=company.east))
    path = xlsx_file(
        ["Date", "Item", "Location", "New Location", "Qty", "Doc. No."], [DAY, "BIKE", "EAST", "WEST", 2, "R1"]
    )
    assert load(path, boss, "RECLASS/DEFAULT", post=True).problems.first == []
    assert ItemLedgerEntry.objects.filter(entry_type="transfer", location=company.west).get().quantity == 2


def test_journals_that_cannot_be(boss: User, company: Company, csv_file: Make) -> None:
    path = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;2;;1")
    for batch, code in (("NONE/DEFAULT", "not_found"), ("ITEM/", "name_not_allowed"), ("X" * 11, "name_not_allowed")):
        with pytest.raises(Refusal) as caught:
            load(path, boss, batch)
        assert caught.value.code == code
    with pytest.raises(Refused) as headers:
        load(csv_file("Item;Qty", "A;1"), boss)
    assert [problem.code for problem in headers.value.refusals] == ["column_missing", "column_missing"]


def test_permissions_by_role(company: Company, csv_file: Make) -> None:
    sync_roles()
    company.item("BIKE")
    path = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;2;;1")
    manager, clerk = (make_user(role, roles=[role]) for role in ("inventory manager", "salesperson"))
    with pytest.raises(Refusal) as caught:
        load(path, clerk)
    assert caught.value.code == "permission_denied"
    assert load(path, manager, post=True).posted is not None


def test_the_command_names_rows_and_columns(boss: User, company: Company, csv_file: Make) -> None:
    company.item("BIKE")
    path = csv_file(HEADER, "2026-01-05;Purchase;P1;BIKE;;x;;1")
    with pytest.raises(CommandError, match=r"1 problem in 1 row .*\nRow 2, Qty\.: Quantity “x”: Type a number"):
        call_command("import_journal", "ITEM/DEFAULT", str(path))


def test_statements_do_not_grow_with_the_rows(boss: User, company: Company, csv_file: Make) -> None:
    counts = set()
    for size in (10, 300):  # fewer than five rows go out in one statement
        for number in range(size):
            company.item(f"I{size}-{number}")
        lines = (f"2026-01-05;Purchase;P1;I{size}-{number};;2;BOX;12" for number in range(size))
        path = csv_file(HEADER, *lines)
        with CaptureQueriesContext(connection) as captured:
            assert load(path, boss, post=True).written
        counts.add(len(captured))
    assert len(counts) == 1
