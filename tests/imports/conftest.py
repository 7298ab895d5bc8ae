"""Files to import, and somebody who may."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.factories import Company
from users.models import User


@pytest.fixture
def boss(company: Company) -> User:
    """An administrator in a company that can post."""
    return User.objects.create_superuser("boss")


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """A file of these lines, in UTF-8 or as bytes."""

    def make(*lines: str, name: str = "file.csv", data: bytes | None = None) -> Path:
        path = tmp_path / name
        path.write_bytes(data if data is not None else ("\n".join(lines) + "\n").encode())
        return path

    return make


@pytest.fixture
def xlsx_file(tmp_path: Path) -> Callable[..., Path]:
    """A workbook with these rows on its first sheet; `merge` names ranges to merge."""

    def make(*rows: Sequence[Any], merge: Sequence[str] = (), name: str = "file.xlsx") -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert sheet is not None
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column, value)
        for cells in merge:
            sheet.merge_cells(cells)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return make
