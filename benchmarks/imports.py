"""A file of 100,000 journal lines through the real command: what its process needs at most."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter

from benchmarks import servers
from benchmarks.company import FIRST_DAY, ITEMS
from benchmarks.measure import Measure

LINES, MOST_MB = 100_000, 350
DATABASE = "bench_import"
HEADER = "Posting date;Type;Document No.;Item No.;Location Code;Qty.;Amount"


def measures(*, full: bool) -> Iterator[Measure]:
    """Read, check and post the file in one process; once, since memory does not vary as time does."""
    del full  # the size is that of the promise
    servers.make(DATABASE, servers.COMPANY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.csv"
        _write(path)
        start = perf_counter()
        megabytes = _import(path)
    yield Measure("import of 100,000 lines, peak MB", megabytes, "MB", MOST_MB, round(megabytes / MOST_MB, 4))
    yield Measure("import of 100,000 lines, posted", round(LINES / (perf_counter() - start), 1), "lines/s")


def _write(path: Path) -> None:
    chance = Random(1)
    with path.open("w") as file:
        print(HEADER, file=file)
        for line in range(LINES):
            item = chance.randint(1, ITEMS)
            quantity, amount = chance.randint(1, 50), chance.randint(100, 99_999) / 100
            print(f"{FIRST_DAY};Purchase;I{line // 1000:05};ITEM{item:04};EAST;{quantity};{amount:.2f}", file=file)


def _import(path: Path) -> float:
    """The most memory that the command's process had, in MB."""
    address = os.environ["DATABASE_URL"].replace("/stockledger?", f"/{DATABASE}?")
    command = [sys.executable, "manage.py", "import_journal", "ITEM/BENCH1", str(path), "--user", "bench", "--post"]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": address}, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"the import ended with {process.returncode}"
    return round(used.ru_maxrss / 1024, 1)
