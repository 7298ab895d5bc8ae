"""Load the demo company through the verbs that people use; a run that was cut off goes on where it stopped."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from imports.demo.catalogue import PEOPLE, articles
from imports.demo.company import BLOCKED, block_an_item, make_company, make_people
from imports.demo.history import Document, Line, history
from inventory.models import Item
from ledger.models import ItemLedgerEntry, ItemRegister
from posting.edit import LineChange, edit_lines, open_batch
from posting.journals import post_journal
from posting.models import ItemJournalLine
from posting.reverse import reverse_register
from users.models import User
from work.errors import Refusal
from work.jobs import Running, start_job
from work.models import Job

KIND = "load demo company"
YEAR = 52
Progress = Callable[[int, int, str], None]


class NotEmpty(Refusal):
    """The database is in use."""

    code = "database_not_empty"

    def __init__(self) -> None:
        super().__init__("This database has items already. The demo company is only for an empty one.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the demo company consists of."""

    items: int
    documents: int
    item_entries: int
    open_lines: int


def begin(*, anchor: date | None = None, weeks: int = YEAR) -> tuple[str, Job]:
    """Make the people and the master data at once, and leave the history to a job; returns password and job.

    Raises `NotEmpty` where there are items.
    """
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        day = anchor or timezone.localdate().replace(day=1)
        ada = _found(password, day, weeks)
        arguments = {"anchor": day.isoformat(), "weeks": weeks}
        return password, start_job(KIND, "Load the demo company", user=ada, arguments=arguments)


def load_demo(*, anchor: date, weeks: int = YEAR, progress: Progress | None = None) -> tuple[str, Loaded]:
    """Make all of it here and now; returns the password and what there is. Raises `NotEmpty`."""
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        _found(password, anchor, weeks)
    return password, write_history(anchor=anchor, weeks=weeks, progress=progress)


def run(job: Running) -> dict[str, Any]:
    """The job: post the history; resumable, since what stands in the ledger is not posted again."""
    anchor, weeks = date.fromisoformat(job.arguments["anchor"]), job.arguments["weeks"]
    loaded = write_history(anchor=anchor, weeks=weeks, progress=job.progress)
    return {name: getattr(loaded, name) for name in Loaded.__slots__}


def write_history(*, anchor: date, weeks: int, progress: Progress | None = None) -> Loaded:
    """Post what is not in the ledger yet, document by document, and leave journals as people leave them."""
    items = articles()
    documents = list(history(items, anchor=anchor, weeks=weeks))
    people = {user.username: user for user in User.objects.filter(username__in=PEOPLE)}
    posted = set(ItemLedgerEntry.objects.order_by().values_list("document_number", flat=True).distinct())
    for done, document in enumerate(documents):
        if progress:
            progress(done, len(documents), f"Posting {document.lines[0]['posting_date']}")
        if document.number not in posted:
            _post(document, people[document.by], anchor)
        if document.mistaken:
            _take_back(document.number, people[document.by])
    block_an_item(people["mira"])
    open_lines = _leave_lines_open(people, anchor)
    if progress:
        progress(len(documents), len(documents), "Done")
    return Loaded(Item.objects.count(), len(documents), ItemLedgerEntry.objects.count(), open_lines)


def _found(password: str, anchor: date, weeks: int) -> User:
    if Item.objects.exists():
        raise NotEmpty
    people = make_people(password)
    first_day = anchor - timedelta(weeks=weeks)
    make_company(articles(), by=people["ada"], first_day=first_day, months=weeks // 4 + 1)
    return people["ada"]


def _post(document: Document, by: User, anchor: date) -> None:
    """Write the lines into the journal and post it; lines of a run that was cut off are deleted first."""
    batch = open_batch(document.template, "DEMO", by)
    ItemJournalLine.objects.filter(batch=batch).delete()
    _write(batch.pk, document.lines, by, anchor)
    post_journal(batch.pk, posted_by=by)


def _write(batch_id: int, lines: Sequence[Line], by: User, work_date: date) -> None:
    changes = [LineChange(str(row), values=values) for row, values in enumerate(lines)]
    edit_lines(batch_id, changes, user=by, work_date=work_date)


def _take_back(number: str, by: User) -> None:
    register = ItemRegister.objects.filter(item_entries__document_number=number, reverses=None).earliest("pk")
    if not ItemRegister.objects.filter(reverses=register).exists():
        reverse_register(register.pk, posted_by=by)


def _leave_lines_open(people: dict[str, User], anchor: date) -> int:
    """Journals that somebody is working on; some lines are wrong, as they are in life."""
    tariq, pawel = people["tariq"], people["pawel"]
    sales = [
        {"item": number, "quantity": quantity, "unit_amount": price, "location": place}
        for number, quantity, price, place in _OPEN_SALES
    ]
    common = {"entry_type": "sale", "document_number": "SH-20001", "customer": "C180", "posting_date": str(anchor)}
    moves = [{"item": number, "quantity": "2", "location": "CENTRAL", "new_location": "WEST"} for number in _OPEN_MOVES]
    move = {"document_number": "TR-20001", "posting_date": str(anchor)}
    for template, by, lines in (
        ("ITEM", tariq, [{**common, **line} for line in sales]),
        ("RECLASS", pawel, [{**move, **line} for line in moves]),
    ):
        batch = open_batch(template, "DEFAULT", by)
        if not ItemJournalLine.objects.filter(batch=batch).exists():
            _write(batch.pk, lines, by, anchor)
    return ItemJournalLine.objects.count()


_OPEN_SALES = (
    ("1102", "2", "19.90", "CENTRAL"),
    ("1204", "6", "4.90", "CENTRAL"),
    ("1210", "2", "39.90", "NORTH"),
    ("1211", "2", "39.90", "NORTH"),  # no such item
    ("1318", "1", "24.90", "CENTRAL"),
    ("2010", "5000", "299.00", "CENTRAL"),  # more than there is
    ("2402", "3", "6.50", "CENTRAL"),
    ("1004", "1", "1499.00", "CENTRAL"),  # the serial number is missing
    ("1120", "two", "8.90", "CENTRAL"),  # not a number
    (BLOCKED, "1", "12.90", "CENTRAL"),  # not sold any more
    ("2110", "4", "6.90", "SOUTH"),  # no such place
    ("2410", "1", "28.80", "CENTRAL"),
)
_OPEN_MOVES = ("1102", "1120", "2402")
