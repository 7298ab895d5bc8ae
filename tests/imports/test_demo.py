"""The demo company is whole, sound, the same every time, and only for an empty database."""

from datetime import date

import pytest

from imports.demo.catalogue import PEOPLE, articles
from imports.demo.history import history
from imports.demo.load import NotEmpty, begin, load_demo, write_history
from inventory.models import Item
from ledger.audit import audit_ledger
from ledger.models import GLEntry, ItemLedgerEntry, ItemRegister
from posting.journals import check_journal
from posting.models import ItemJournalBatch
from users.models import User
from work.models import Job
from work.queue import drain

ANCHOR = date(2026, 11, 1)


def test_the_history_is_the_same_every_time() -> None:
    first, second = (list(history(articles(), anchor=ANCHOR, weeks=10)) for _ in range(2))
    assert first == second


def test_a_year_is_what_was_promised() -> None:
    items = articles()
    documents = list(history(items, anchor=ANCHOR, weeks=52))
    moved = sum(2 if document.template == "RECLASS" else 1 for document in documents for _ in document.lines)
    assert len(items) >= 60
    assert {item.method for item in items} == {"fifo", "lifo", "average", "standard", "specific"}
    assert 4500 <= moved <= 6000
    assert any(document.mistaken for document in documents)


@pytest.mark.django_db(transaction=True)
def test_a_small_demo_is_sound_and_resumes() -> None:
    password, loaded = load_demo(anchor=ANCHOR, weeks=14)
    drain()
    assert not [str(finding) for finding in audit_ledger()]
    assert loaded.items == Item.objects.count() >= 60
    assert loaded.item_entries == ItemLedgerEntry.objects.count() > 900
    assert ItemLedgerEntry.objects.values("location").distinct().count() == 4
    assert ItemRegister.objects.exclude(reverses=None).count() == 1
    assert GLEntry.objects.exists()
    assert {user.username for user in User.objects.all()} == set(PEOPLE)
    assert all(user.check_password(password) for user in User.objects.all())
    before = ItemRegister.objects.count()
    again = write_history(anchor=ANCHOR, weeks=14)
    assert (again.item_entries, ItemRegister.objects.count()) == (loaded.item_entries, before), "nothing twice"
    with pytest.raises(NotEmpty):
        load_demo(anchor=ANCHOR, weeks=14)
    tariq = User.objects.get(username="tariq")
    problems = check_journal(ItemJournalBatch.objects.get(template__name="ITEM", name="DEFAULT").pk, user=tariq)
    expected = {"serial_no_required", "item_blocked", "not_understood", "not_on_inventory"}
    assert expected <= {problem.code for problem in problems}


@pytest.mark.django_db(transaction=True)
def test_the_background_job_starts_with_everything_a_worker_needs() -> None:
    _, job = begin(anchor=ANCHOR, weeks=1)
    assert Job.objects.get().pk == job.pk
    assert job.arguments == {"anchor": "2026-11-01", "weeks": 1}
    with pytest.raises(NotEmpty):
        begin(anchor=ANCHOR, weeks=1)
