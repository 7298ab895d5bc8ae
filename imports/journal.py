"""A file into a journal: rehearsed whole, then all or nothing, and posted in the same go where that is wanted."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction

from imports.columns import Columns, Layout, match_columns
from imports.errors import FileRefused, Problem
from imports.models import ImportRun
from imports.problems import Problems
from imports.running import Progress, check_may, chunks, hash_of, quiet, readable
from imports.tables import Row, Table, open_table
from posting.edit import FIELDS, LineChange, edit_lines, open_batch
from posting.journals import LineVersion, PostingAnswer, check_journal, post_inside
from posting.models import ItemJournalBatch, ItemJournalTemplate
from users.models import User
from work.errors import Refusal, Refused

CHUNK = 2_000
# Where these are blank, the item or another column brings them.
_DEFAULTED = frozenset({"description", "unit", "document_date", "new_location"})


def layout(*, transfers: bool) -> Layout:
    """The columns of a journal file. Entry types go without saying in a reclassification journal."""
    required = ("posting_date", "item", "quantity") if transfers else ("posting_date", "entry_type", "item", "quantity")
    return Layout(FIELDS, _ALIASES, required=required)


_ALIASES = {
    "item number": "item", "item no": "item", "sku": "item", "number": "item", "qty": "quantity",
    "date": "posting_date", "type": "entry_type", "document no": "document_number", "document": "document_number",
    "doc no": "document_number", "external document no": "external_document_number", "location code": "location",
    "new location code": "new_location", "variant code": "variant", "unit of measure": "unit", "uom": "unit",
    "unit of measure code": "unit", "unit price": "unit_amount", "price": "unit_amount", "line amount": "amount",
    "discount": "discount_amount", "line discount amount": "discount_amount", "cost": "unit_cost",
    "applies to": "applies_to_entry", "applies from": "applies_from_entry", "serial no": "serial_number",
    "lot no": "lot_number", "package no": "package_number", "reason": "reason_code", "vendor no": "vendor",
    "customer no": "customer", "gen bus posting group": "gen_business_posting_group",
    "gen prod posting group": "gen_product_posting_group",
}  # fmt: skip


@dataclass(slots=True)
class JournalImported:
    """What an import of lines did, or would have done: `problems` says why it did nothing."""

    batch: str
    rows: int
    problems: Problems
    posted: PostingAnswer | None = None
    written: bool = False


def import_journal(
    batch_name: str, path: Path, *, user: User, work_date: date, problems: Problems | None = None,
    rehearse: bool = False, post: bool = False, again: bool = False, progress: Progress = quiet,
) -> JournalImported:  # fmt: skip
    """Add the file's lines to a batch such as ITEM/DEFAULT; `post` posts exactly them, as one posting.

    With problems, or to rehearse, nothing is written; a rehearsal also says what posting would refuse.
    Raises `Refusal` where the user may not or the batch cannot be, `FileRefused` or `Refused` where the file is
    no journal table, or the very same file was imported before and `again` is not said.
    """
    check_may(user, "imports.import_journal", "posting.use_item_journal", *(["posting.post_item_journal"] * post))
    table = open_table(path)
    digest = hash_of(path)
    if not (again or rehearse):
        _refuse_twice(path, digest)
    with transaction.atomic():
        batch = _batch(batch_name, user)
        transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
        needed = layout(transfers=transfers)
        columns = match_columns(table.header, needed)
        run = _Run(
            batch, table, columns, needed.required, user, work_date, problems if problems is not None else Problems(),
            progress,
        )  # fmt: skip
        run.add_lines()
        done = JournalImported(f"{batch.template.name}/{batch.name}", table.row_count, run.problems)
        if rehearse:
            run.check()
        elif post and not run.problems.count:
            done.posted = run.post()
        if run.problems.count or rehearse:
            transaction.set_rollback(True)
            return done
        done.written = True
        ImportRun.objects.create(
            kind=ImportRun.Kind.JOURNAL, file_name=path.name[-255:], file_hash=digest, batch=done.batch, user=user,
            rows=table.row_count, created=table.row_count, register_id=done.posted.register_id if done.posted else None,
        )  # fmt: skip
    return done


def _batch(name: str, user: User) -> ItemJournalBatch:
    """ITEM/DEFAULT, or DEFAULT for the same."""
    template, slash, batch = name.partition("/")
    return open_batch(template, batch, user) if slash else open_batch("ITEM", template, user)


@dataclass(slots=True)
class _Run:
    """One import on its way: the lines that were made, which row each came from, and what is wrong."""

    batch: ItemJournalBatch
    table: Table
    columns: Columns
    required: Sequence[str]
    user: User
    work_date: date
    problems: Problems
    progress: Progress
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    rows: "array[int]" = field(default_factory=lambda: array("q"))
    reported: set[tuple[int, str | None]] = field(default_factory=set)

    def add_lines(self) -> None:
        """Save the lines, chunk by chunk; what is wrong in a cell is told with its row."""
        read = 0
        for chunk in chunks(self.table.rows(), CHUNK):
            changes = [self._change(row) for row in readable(chunk, self.columns, self.problems)]
            self._tell_missing(changes)
            for saved in edit_lines(self.batch.pk, changes, user=self.user, work_date=self.work_date):
                self.ids.append(saved.id or 0)
                self.rows.append(int(saved.row))
                for error in saved.errors:
                    self._report(int(saved.row), error["field"], error["code"], error["message"])
            self.problems.sort_in()
            read += len(chunk)
            self.progress(read, self.table.row_count, "lines read")

    def check(self) -> None:
        """Everything that posting would refuse, but what a cell was refused for already."""
        if self.ids:
            self._tell(check_journal(self.batch.pk, self._versions(), user=self.user))

    def post(self) -> PostingAnswer | None:
        """Post exactly these lines, or say why not."""
        self.progress(0, len(self.ids), "lines posted")
        try:
            answer = post_inside(self.batch.pk, self._versions(), posted_by=self.user)
        except Refused as refused:
            self._tell(refused.refusals)
            return None
        self.progress(len(self.ids), len(self.ids), "lines posted")
        return answer

    def _versions(self) -> list[LineVersion]:
        return [LineVersion(number, 1) for number in self.ids]

    def _change(self, row: Row) -> LineChange:
        values = self.columns.values(row)
        for name in self.columns.fields:
            if not values[name] and name in _DEFAULTED:
                del values[name]
        return LineChange(str(row.number), values)

    def _tell_missing(self, changes: Sequence[LineChange]) -> None:
        for change in changes:
            for name in self.required:
                if not change.values[name]:
                    words = f"The {name.replace('_', ' ')} is missing. Fill it in."
                    self._report(int(change.row), name, "value_missing", words)

    def _tell(self, refusals: Sequence[Refusal]) -> None:
        row_of = dict(zip(self.ids, self.rows, strict=True))
        for refusal in refusals:
            row = row_of.get(refusal.line or 0, 0)
            if (row, refusal.field) not in self.reported:
                self._report(row, refusal.field, refusal.code, refusal.message)
        self.problems.sort_in()

    def _report(self, row: int, name: str | None, code: str, message: str) -> None:
        self.reported.add((row, name))
        self.problems.add(Problem(row, self.columns.header(name) if name else "", code, message))


def _refuse_twice(path: Path, digest: str) -> None:
    before = ImportRun.objects.filter(kind=ImportRun.Kind.JOURNAL, file_hash=digest).first()
    if before is not None:
        words = (
            f"{path.name} was imported into {before.batch} on {before.created_at:%Y-%m-%d %H:%M} already."
            " Import another file, or say that it is to come in again (--again)."
        )
        raise FileRefused(words, code="already_imported", batch=before.batch)
