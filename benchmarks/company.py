"""A company that can post, its opening stock, and journals full of lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from benchmarks import servers
from costing.models import GeneralPostingSetup, InventoryPostingSetup
from inventory.models import (
    GenProductPostingGroup,
    InventoryPostingGroup,
    Item,
    ItemUnitOfMeasure,
    Location,
    UnitOfMeasure,
)
from ledger.models import GLAccount
from posting.journals import LineVersion, PostingAnswer, post_journal
from posting.models import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from users.history import acting
from users.models import User

ITEMS = 600
BATCHES = 8
FIRST_DAY = date(2026, 1, 5)
RECEIPT = Decimal(20)


@dataclass(frozen=True, slots=True)
class Document:
    """Lines that wait in a journal and are posted in one transaction."""

    batch_id: int
    lines: list[LineVersion]


class Company:
    """The company of the database that Django is turned to."""

    def __init__(self, seed: int = 1) -> None:
        self.user = User.objects.get(username="bench")
        self.items = list(Item.objects.order_by("id").values_list("id", flat=True))
        self.location = Location.objects.get(code="EAST").pk
        self.batches = list(ItemJournalBatch.objects.order_by("id").values_list("id", flat=True))
        self.random = Random(seed)
        self._documents = seed * 1_000_000

    def documents(
        self, entry_type: str, count: int, lines: int, *, items: Sequence[int] = (), batch: int = 0
    ) -> list[Document]:
        """Write this many documents into a journal, each over items drawn by lot."""
        pool = list(items or self.items)
        drawn = [self._draw(pool, lines) for _ in range(count)]
        return self._write(entry_type, [[(item, None) for item in document] for document in drawn], batch)

    def receive(self, times: int, *, items: Sequence[int] = ()) -> None:
        """Post opening stock: so many receipts of every item."""
        pool = list(items or self.items)
        for _ in range(times):
            self.post(self._write("purchase", [[(item, RECEIPT) for item in pool]], 0)[0])

    def post(self, document: Document) -> PostingAnswer:
        """The real verb, with its commit."""
        return post_journal(document.batch_id, document.lines, posted_by=self.user)

    def _draw(self, pool: list[int], lines: int) -> list[int]:
        if lines <= len(pool):
            return self.random.sample(pool, lines)
        return self.random.choices(pool, k=lines)

    def _write(
        self, entry_type: str, documents: Sequence[Sequence[tuple[int, Decimal | None]]], batch: int
    ) -> list[Document]:
        batch_id, rows = self.batches[batch], []
        for document in documents:
            self._documents += 1
            rows.append([self._line(entry_type, batch_id, item, quantity) for item, quantity in document])
        last = ItemJournalLine.objects.filter(batch_id=batch_id).order_by("-line_number").first()
        for place, row in enumerate((row for document in rows for row in document), 1):
            row.line_number = (last.line_number if last else 0) + place
        ItemJournalLine.objects.bulk_create([row for document in rows for row in document], batch_size=1000)
        return [Document(batch_id, [LineVersion(row.pk, row.version) for row in document]) for document in rows]

    def _line(self, entry_type: str, batch_id: int, item: int, quantity: Decimal | None) -> ItemJournalLine:
        price = Decimal(self.random.randint(100, 99_999)) / 100
        return ItemJournalLine(
            batch_id=batch_id, entry_type=entry_type, item_id=item, location_id=self.location,
            quantity=quantity or Decimal(self.random.randint(1, 5)), unit_amount=price,
            posting_date=FIRST_DAY + timedelta(days=self._documents % 1_000_000 // 500),
            document_number=f"D{self._documents:08}",
        )  # fmt: skip


def build() -> None:
    """The template database that all groups start from: migrated, one product group, all accounts, 600 FIFO items."""
    if servers.exists(servers.COMPANY):
        servers.use(servers.COMPANY)
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        servers.forget()  # a kept state of an older version: what was built on it is of no use either
    servers.make(servers.COMPANY)
    call_command("migrate", verbosity=0)
    user = User.objects.create_superuser("bench")
    with acting(user, "benchmark"):
        unit = UnitOfMeasure.objects.create(code="PCS")
        product = GenProductPostingGroup.objects.create(code="RETAIL")
        group = InventoryPostingGroup.objects.create(code="RESALE")
        east = Location.objects.create(code="EAST", name="East")
        _accounts(GeneralPostingSetup(gen_product_posting_group=product), 5000)
        _accounts(InventoryPostingSetup(location=east, inventory_posting_group=group), 1000)
        items = [
            Item(number=f"ITEM{number:04}", description=f"Item {number}", costing_method="fifo", base_unit=unit,
                 gen_product_posting_group=product, inventory_posting_group=group)
            for number in range(1, ITEMS + 1)
        ]  # fmt: skip
        Item.objects.bulk_create(items)
        ItemUnitOfMeasure.objects.bulk_create(ItemUnitOfMeasure(item=item, unit=unit) for item in items)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the server does by itself within a minute
    template = ItemJournalTemplate.objects.create(name="ITEM")
    ItemJournalBatch.objects.bulk_create(
        ItemJournalBatch(template=template, name=f"BENCH{number}") for number in range(1, BATCHES + 1)
    )


def _accounts(setup: Any, first: int) -> None:
    fields: Iterable[Any] = (field for field in setup._meta.fields if field.name.endswith("_account"))
    for number, field in enumerate(fields):
        account = GLAccount.objects.create(number=str(first + number), name=field.name, kind="balance")
        setattr(setup, field.name, account)
    setup.save()
