"""Files that are tables, and all the ways in which they are not."""

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imports import tables
from imports.columns import Layout, match_columns
from imports.errors import FileRefused
from imports.tables import Row, open_table
from work.errors import Refused

Make = Callable[..., Path]
LAYOUT = Layout(["item", "quantity", "posting_date"], {"item number": "item", "qty": "quantity"}, ["item", "quantity"])


def rows(path: Path) -> list[tuple[int, list[str]]]:
    return [(row.number, list(row.cells)) for row in open_table(path).rows()]


def refused(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        open_table(path)
    return caught.value


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_shows_in_the_header(csv_file: Make, delimiter: str) -> None:
    path = csv_file(f"Item{delimiter}Qty", f'"A {delimiter} ""B"""{delimiter} 5 ')
    assert rows(path) == [(2, [f'A {delimiter} "B"', "5"])]


def test_a_byte_order_mark_blank_lines_and_line_breaks_in_cells(csv_file: Make) -> None:
    path = csv_file(data='\ufeff\n;;\nItem;Qty\r\n\r\n"two\nlines";1\r\n;\r\nÄ 😀;2'.encode())
    table = open_table(path)
    assert (table.header, table.row_count) == (Row(3, ["Item", "Qty"]), 2)
    assert rows(path) == [(5, ["two\nlines", "1"]), (8, ["Ä 😀", "2"])]


def test_another_encoding_is_refused_with_the_place(csv_file: Make) -> None:
    latin = refused(csv_file(data="Item;Qty\nStraße;1\n".encode("latin-1")))
    assert (latin.code, latin.facts) == ("wrong_encoding", {"position": "13", "byte": "0xDF"})
    far = refused(csv_file(data=b"Item\n" + "ä".encode() * (1 << 20) + b"x\xc3"))
    assert far.facts["position"] == str(5 + (2 << 20) + 1)
    assert refused(csv_file(data="Item;Qty\nA;1\n".encode("utf-16"))).code == "wrong_encoding"


def test_empty_files_and_files_without_rows(csv_file: Make, xlsx_file: Make, tmp_path: Path) -> None:
    assert refused(csv_file(data=b"")).code == "empty_file"
    assert refused(csv_file("", ";;", "")).code == "empty_file"
    assert refused(csv_file("Item;Qty", ";")).code == "no_rows"
    assert refused(xlsx_file([])).code == "empty_file"
    assert refused(xlsx_file(["Item", "Qty"])).code == "no_rows"
    assert refused(tmp_path / "none.csv").code == "cannot_read"
    assert refused(tmp_path).code == "cannot_read"


def test_what_only_looks_like_a_workbook(csv_file: Make, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(tmp_path / "zip.xlsx").code == "not_a_workbook"
    with zipfile.ZipFile(tmp_path / "half.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<broken")
    assert refused(tmp_path / "half.xlsx").code == "not_a_workbook"
    assert refused(csv_file(data=b"PK\x03\x04cut off")).code == "not_a_workbook"
    assert refused(csv_file(data=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")).code == "old_workbook"


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    monkeypatch.setattr(tables, "LARGEST_SHEET", 1_000_000)
    assert refused(tmp_path / "bomb.xlsx").code == "too_large"


def test_too_many_rows_are_refused_in_words(csv_file: Make) -> None:
    path = csv_file("Item", *("A" for _ in range(tables.MOST_ROWS)))
    assert open_table(path).row_count == 300_000
    problem = refused(csv_file("Item", *("A" for _ in range(tables.MOST_ROWS + 1))))
    assert problem.code == "too_many_rows"
    assert "300,000" in problem.message


def test_a_quotation_mark_that_is_never_closed(csv_file: Make) -> None:
    problem = refused(csv_file("Item;Qty", "A;1", '"B;2', "C;3"))
    assert (problem.code, problem.facts["row"]) == ("not_csv", "3")


def test_cells_of_a_workbook_are_read_as_people_see_them(xlsx_file: Make) -> None:
    day = datetime.date(2026, 1, 5)
    path = xlsx_file(
        [], ["Item", "Qty", "Date"], [], [1001, 0.1 + 0.2, day], ["merged", 5.0, datetime.datetime(2026, 1, 5, 10)],
        [None, None, None], [" =1+1 ", True, 1e22], [], ["end", None, day], merge=["A5:A6"],
    )  # fmt: skip
    assert rows(path) == [
        (4, ["1001", "0.3", "2026-01-05"]),
        (5, ["merged", "5", "2026-01-05 10:00:00"]),
        (7, ["=1+1", "yes", "10000000000000000000000"]),
        (9, ["end", "", "2026-01-05"]),
    ]


def test_headers_are_matched_whatever_their_spelling() -> None:
    columns = match_columns(Row(1, ["ITEM  No.", "Qty", "posting-date", "", ""]), LAYOUT)
    assert columns.fields == ["item", "quantity", "posting_date"]
    assert columns.values(Row(2, ["A", "1"])) == {"item": "A", "quantity": "1", "posting_date": ""}
    assert (columns.header("item"), columns.header("lot_number")) == ("ITEM  No.", "lot number")


def test_headers_that_are_unknown_doubled_blank_or_missing() -> None:
    with pytest.raises(Refused) as caught:
        match_columns(Row(1, ["Item", "", "Colour", "item number"]), LAYOUT)
    assert [(p.code, p.facts["column"]) for p in caught.value.refusals] == [
        ("header_blank", "2"), ("column_unknown", "Colour"), ("column_doubled", "item number"),
        ("column_missing", "quantity"),
    ]  # fmt: skip
