"""Item files: everything wrong is said with row and column, then all or nothing."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from imports.items import CHUNK, import_items
from imports.models import ImportRun
from imports.problems import _harmless
from inventory.models import Item
from tests.factories import Company
from users.history import history_of
from users.models import User
from work.errors import Refusal, Refused

pytestmark = pytest.mark.django_db
Make = Callable[..., Path]


def run(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("import_items", str(path), stdout=out, **options)
    return out.getvalue()


def test_a_file_creates_and_changes_items(boss: User, company: Company, csv_file: Make) -> None:
    company.item("OLD", unit_price=3)
    path = csv_file(
        "Item No.;Description;Base unit of measure;Units;Costing method;List price;Blocked",
        "new;Neuheit 😀;pcs;BOX=6,5; PCS=1/0,01;Average;1.234,50;x".replace("BOX=6,5; PCS", '"BOX=6,5 | PCS').replace(
            "0,01;", '0,01";'
        ),
        "old;;;;;4;",
    )
    assert "2 items imported: 1 created, 1 changed, 0 unchanged" in run(path, user="boss")
    new, old = Item.objects.get(number="NEW"), Item.objects.get(number="OLD")
    assert (new.description, new.costing_method, str(new.unit_price), new.blocked) == (
        "Neuheit 😀", "average", "1234.50000", True,
    )  # fmt: skip
    assert {(u.unit.code, f"{u.quantity_per_unit:g}", f"{u.rounding_precision:g}") for u in new.units.all()} == {
        ("BOX", "6.50000", "0.00000"), ("PCS", "1.00000", "0.01000"),
    }  # fmt: skip
    assert (old.description, old.unit_price) == ("OLD", 4)
    assert history_of(new)[0]["reason"] == "import of file.csv"
    assert (ImportRun.objects.get().created, ImportRun.objects.get().rows) == (1, 2)
    assert "0 created, 0 changed, 2 unchanged" in run(path)


def test_a_rehearsal_writes_nothing(boss: User, csv_file: Make) -> None:
    path = csv_file("number,description,base unit", "A,A,PCS")
    assert "1 item rehearsed, nothing was written: 1 created" in run(path, rehearse=True)
    assert not Item.objects.exists()
    assert not ImportRun.objects.exists()


def test_every_bad_row_is_told_and_nothing_is_written(boss: User, csv_file: Make) -> None:
    path = csv_file(
        "Number,Description,Base unit,Unit price,Units",
        "GOOD,Good,PCS,1,",
        "BAD1,,NONE,cheap,BOX",
        f"{'X' * 21},Long,PCS,{'9' * 40},BOX=0",
        "good,Twice,PCS,,",
        "A,NUL\x00,PCS,,",
        "B,Too,PCS,1,,many",
        "C,=cmd|'/c calc'!A1,PCS,-1,",
    )
    with pytest.raises(CommandError) as caught:
        run(path)
    words = str(caught.value)
    assert words.startswith("11 problems in 6 rows")
    for text in (
        "Row 3, Description: ", "Row 3, Base unit: ", "Row 3, Unit price: ", "Row 3, Units: “BOX” is not understood",
        "Row 4, Number: ", "Row 4, Unit price: ", "Row 4, Units: ", "Row 5, Number: Number “GOOD”: Row 2 is",
        "Row 6, Description: The cell holds a NUL", "Row 7: The row has more cells", "Row 8, Unit price: ",
    ):  # fmt: skip
        assert text in words, text
    assert not Item.objects.exists()


def test_ten_thousand_bad_lines_are_counted_and_written_to_a_file(boss: User, csv_file: Make, tmp_path: Path) -> None:
    lines = (f"I{number},=1+1,PCS,bad" for number in range(10_000))
    path = csv_file("Number,Description,Base unit,Unit price", *lines)
    with pytest.raises(CommandError) as caught:
        run(path, errors=tmp_path / "errors.csv", show=3)
    words = str(caught.value).splitlines()
    assert words[0] == "10,000 problems in 10,000 rows (not_understood 10,000). Nothing was written."
    assert len(words) == 5
    assert words[4].startswith("and 9,997 more; all are in ")
    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as file:
        errors = list(csv.reader(file))
    assert errors[0] == ["Row", "Column", "Code", "Message"]
    assert len(errors) == 10_001
    assert errors[10_000][:3] == ["10001", "Unit price", "not_understood"]
    assert not Item.objects.exists()


def test_a_bad_row_in_the_last_chunk_undoes_the_first(boss: User, csv_file: Make) -> None:
    lines = (f"I{number},Item,PCS" for number in range(CHUNK + 5))
    path = csv_file("Number,Description,Base unit", *lines, "LAST,Item,NONE", "i0,Twice,PCS")
    done = import_items(path, user=boss)
    assert [(problem.row, problem.code) for problem in done.problems.first] == [
        (CHUNK + 7, "not_found"), (CHUNK + 8, "duplicate_number"),
    ]  # fmt: skip
    assert not done.written
    assert not Item.objects.exists()


def test_what_a_spreadsheet_could_take_for_a_formula_is_kept_harmless(
    boss: User, csv_file: Make, tmp_path: Path
) -> None:
    path = csv_file("Number,Description,Base unit", "A,=1+1,PCS", "B,B,=2+2")
    with pytest.raises(CommandError):
        run(path, errors=tmp_path / "errors.csv")
    assert "\n3,Base unit,not_found,Base unit “=2+2”" not in (tmp_path / "errors.csv").read_text()
    assert _harmless("=2+2") == "'=2+2"
    assert _harmless("B=2+2") == "B=2+2"
    run(csv_file("Number,Description,Base unit", "A,=1+1,PCS"))
    assert Item.objects.get().description == "=1+1"


def test_workbooks_do_as_well(boss: User, xlsx_file: Make) -> None:
    path = xlsx_file(["Item", "Name", "UoM", "Price"], [1001, "Bike", "PCS", 9.95], [], [1002, "Tyre", "PCS", None])
    assert "2 created" in run(path)
    assert str(Item.objects.get(number="1001").unit_price) == "9.95000"


def test_who_may_not_import_is_told(company: Company, csv_file: Make) -> None:
    path = csv_file("Number,Description,Base unit", "A,A,PCS")
    with pytest.raises(Refusal) as caught:
        import_items(path, user=company.user)
    assert caught.value.code == "permission_denied"
    with pytest.raises(CommandError, match="--user"):
        run(path)
    with pytest.raises(CommandError, match="no active user nobody"):
        run(path, user="nobody")


def test_a_file_without_its_columns_is_refused(boss: User, csv_file: Make) -> None:
    with pytest.raises(Refused) as caught:
        import_items(csv_file("Colour,Description", "red,A"), user=boss)
    assert [problem.code for problem in caught.value.refusals] == ["column_unknown", "column_missing"]
