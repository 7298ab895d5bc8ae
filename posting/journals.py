"""Post item journals: whole or not at all, and remove exactly the lines that were posted (decisions 12 to 16)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from costing.preview import preview_of
from inventory.numbering import next_numbers
from inventory.numbers import round_to
from inventory.setup import Setup, read_setup
from inventory.units import to_base
from ledger.choices import EntryType, SourceCode
from ledger.locks import waiting_is_bounded
from ledger.records import NewRegister
from posting import errors
from posting.errors import PostingError
from posting.lines import PostingLine
from posting.models import ItemJournalBatch, ItemJournalTemplate
from posting.post import Posted, post_lines
from users.models import User
from work import idempotency
from work.errors import Refusal, Refused

Idempotent = tuple[str, Mapping[str, Any]]


class LineVersion(NamedTuple):
    """A journal line as the poster saw it."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class PostingAnswer:
    """What a posting did; `hit` says that it had been done before under the same key."""

    register_id: int | None
    lines_posted: int
    item_entries: int
    value_entries: int
    document_numbers: list[str] = field(default_factory=list)
    hit: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic(durable=True)
def post_journal(
    batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User, idempotency_key: Idempotent | None = None
) -> PostingAnswer:
    """Post these lines of a batch, or all of them, whole or not at all.

    Raises `Refused` with every reason; then nothing was written and the journal is as it was.
    `idempotency_key` is (key, request body): the same key and body get the same answer again.
    """
    return once("post_journal", posted_by, idempotency_key, lambda: _post_journal(batch_id, lines, posted_by))


def post_inside(batch_id: int, lines: Sequence[LineVersion], *, posted_by: User) -> PostingAnswer:
    """Post these lines in the transaction of a caller who has made them in it, as an import does.

    Raises `Refused`; then the caller must not commit.
    """
    assert transaction.get_connection().in_atomic_block
    return PostingAnswer(**_post_journal(batch_id, lines, posted_by))


@transaction.atomic(durable=True)
def post_valid_lines(
    batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User, idempotency_key: Idempotent | None = None
) -> PostingAnswer:
    """Post the lines that pass the check and leave the others in the journal (decision 14)."""
    return once("post_valid_lines", posted_by, idempotency_key, lambda: _post_valid(batch_id, lines, posted_by))


def check_journal(batch_id: int, lines: Sequence[LineVersion] = (), *, user: User) -> list[Refusal]:
    """Everything that posting these lines would be refused for; nothing is written."""
    with transaction.atomic():
        problems = _problems(batch_id, lines, user)
        transaction.set_rollback(True)
    return problems


def preview_journal(batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User) -> dict[str, Any]:
    """What posting would write, with adjusted costs and G/L entries: done in a transaction that is rolled back.

    Raises `Refused` as posting would.
    """
    with transaction.atomic(durable=True):
        answer = _Inner(batch_id, lines, posted_by, preview=True).run()
        shown = preview_of(answer.posted.written.register_id, answer.posted.item_ids)
        transaction.set_rollback(True)
    return shown


def once(verb: str, user: User, key: Idempotent | None, act: Callable[[], dict[str, Any]]) -> PostingAnswer:
    """Act under an idempotency key: the first time do it, afterwards give the same answer (decision 16)."""
    if key is None:
        return PostingAnswer(**act())
    stored = idempotency.begin(user.pk, key[0], verb, key[1])
    if stored.answer is not None:
        return PostingAnswer(**{**stored.answer, "hit": True})
    answer = act()
    idempotency.finish(stored, 201, answer)
    return PostingAnswer(**answer)


def _post_journal(batch_id: int, lines: Sequence[LineVersion], user: User) -> dict[str, Any]:
    return _Inner(batch_id, lines, user).run().answer


def _post_valid(batch_id: int, lines: Sequence[LineVersion], user: User) -> dict[str, Any]:
    """Leave out what is refused until nothing is; a line may fail only because of one that was left out."""
    chosen = [LineVersion(*row) for row in _versions(batch_id)] if not lines else list(lines)
    while chosen:
        point = transaction.savepoint()
        try:
            answer = _post_journal(batch_id, chosen, user)
        except Refused as refused:
            transaction.savepoint_rollback(point)
            bad = {problem.line for problem in refused.refusals}
            if not bad or None in bad:
                raise
            chosen = [line for line in chosen if line.id not in bad]
            continue
        transaction.savepoint_commit(point)
        return answer
    raise Refused([errors.NothingToPost()])


def _problems(batch_id: int, lines: Sequence[LineVersion], user: User) -> list[Refusal]:
    try:
        _Inner(batch_id, lines, user, preview=True).run()
    except Refused as refused:
        return list(refused.refusals)
    return []


@dataclass(frozen=True, slots=True)
class _Outcome:
    posted: Posted
    answer: dict[str, Any]


@dataclass(slots=True)
class _Inner:
    """The inner verb, which preview calls as well. Locks: setup, batch, lines, items, number series."""

    batch_id: int
    lines: Sequence[LineVersion]
    user: User
    preview: bool = False
    _problems: list[PostingError] = field(default_factory=list)

    def run(self) -> _Outcome:
        """Raises `ItemBusy` when any lock is not given in time."""
        with waiting_is_bounded():
            return self._run()

    def _run(self) -> _Outcome:
        setup = read_setup(lock=True)
        batch = ItemJournalBatch.objects.select_related("template", "posting_number_series", "number_series").get(
            pk=self.batch_id
        )
        rows = self._lock_lines()
        posting_lines = [made for row in rows if (made := self._line(row, batch, setup)) is not None]
        self._check_numbers(batch, posting_lines)
        transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
        register = NewRegister(
            SourceCode.RECLASSIFICATION if transfers else SourceCode.ITEM_JOURNAL,
            self.user.pk,
            f"{batch.template.name}/{batch.name}",
        )
        posted = post_lines(posting_lines, setup, register, refusals=self._problems)
        numbers = self._final_numbers(batch, posting_lines)
        self._remove([row["id"] for row in rows])
        written = posted.written
        answer = {
            "register_id": written.register_id,
            "lines_posted": len(rows),
            "item_entries": written.item_entries,
            "value_entries": written.value_entries,
            "document_numbers": numbers,
        }
        return _Outcome(posted, answer)

    def _lock_lines(self) -> list[dict[str, Any]]:
        """The lines with what their units say, locked; a line that is gone or newer is refused as changed."""
        with connection.cursor() as cursor:
            if self.lines:
                cursor.execute(_CHOSEN_LINES, [[line.id for line in self.lines]])
            else:
                cursor.execute(_ALL_LINES, [self.batch_id])
            names = [column.name for column in cursor.description or ()]
            found = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
            rows = [row for row in found if row["batch_id"] == self.batch_id]
        for row in rows:
            row["unread"] = json.loads(row["unread"])
        seen = {row["id"]: row["version"] for row in rows}
        self._problems += [errors.LineChanged(line=line.id) for line in self.lines if seen.get(line.id) != line.version]
        if not rows and not self._problems:
            self._problems.append(errors.NothingToPost())
        if not rows:
            raise Refused(self._problems)
        return rows

    def _line(self, row: dict[str, Any], batch: ItemJournalBatch, setup: Setup) -> PostingLine | None:
        """A journal line as posting takes it, in base units; None where it cannot be read."""
        before = len(self._problems)
        self._problems += _unreadable(row, batch)
        known = row["quantity"] is not None and row["item_id"] is not None
        quantity = self._base_quantity(row) if known else None
        if len(self._problems) > before or quantity is None:
            return None
        factor, amount = row["quantity_per_unit"], row["amount"]
        if amount is None and row["unit_amount"] is not None:
            amount = round_to(row["unit_amount"] * row["quantity"] - row["discount_amount"], setup.amount_rounding)
        elif amount is not None and row["quantity"] < 0 < amount:
            amount = -amount
        cost = row["unit_cost"]
        if row["entry_type"] != EntryType.TRANSFER:
            row["new_location_id"] = None
        return PostingLine(
            key=row["id"], quantity=quantity, amount=amount,
            unit_cost=None if cost is None else round_to(cost / factor, setup.unit_cost_rounding),
            document_date=row["document_date"] or row["posting_date"], unit_code=row["unit_code"],
            reason_code=row["reason_code"] or batch.reason_code or batch.template.reason_code,
            applies_to=row["applies_to_entry"], applies_from=row["applies_from_entry"],
            **{name: row[name] for name in _SAME},
        )  # fmt: skip

    def _base_quantity(self, row: dict[str, Any]) -> Decimal | None:
        if row["quantity_per_unit"] is None:
            self._problems.append(errors.UnknownUnit(line=row["id"], unit=row["unit_code"], item=row["item_number"]))
            return None
        try:
            return to_base(row["quantity"], row["quantity_per_unit"], row["unit_precision"], row["base_precision"])
        except Refusal as problem:
            self._problems.append(
                errors.QuantityTooFine(
                    line=row["id"], quantity=str(row["quantity"].normalize()), unit=row["unit_code"],
                    item=row["item_number"], precision=problem.facts.get("precision", str(row["base_precision"])),
                )
            )  # fmt: skip
            return None

    def _check_numbers(self, batch: ItemJournalBatch, lines: Sequence[PostingLine]) -> None:
        """With a number series, each new document number must be the next one (journals.md §3.3)."""
        series = batch.number_series
        if series is None or not lines:
            return
        documents = list(dict.fromkeys(line.document_number for line in lines))
        first = {line.document_number: line for line in reversed(lines)}
        expected = next_numbers(series, on=lines[0].posting_date, count=len(documents), preview=self.preview)
        self._problems += [
            errors.NumberOutOfOrder(line=first[number].key, series=series.code, expected=right, number=number)
            for number, right in zip(documents, expected, strict=True)
            if number != right
        ]
        if batch.posting_number_series is not None:
            self._renumber(batch, lines, documents)

    def _renumber(self, batch: ItemJournalBatch, lines: Sequence[PostingLine], documents: Sequence[str]) -> None:
        """The posted number comes from the posting series, one for each document."""
        taken = next_numbers(
            batch.posting_number_series, on=lines[0].posting_date, count=len(documents), preview=self.preview
        )
        numbers = dict(zip(documents, taken, strict=True))
        for line in lines:
            line.document_number = numbers[line.document_number]

    def _final_numbers(self, batch: ItemJournalBatch, lines: Sequence[PostingLine]) -> list[str]:
        return list(dict.fromkeys(line.document_number for line in lines))

    def _remove(self, ids: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM posting_itemjournalline WHERE id = ANY(%s)", [list(ids)])


def _unreadable(row: dict[str, Any], batch: ItemJournalBatch) -> list[PostingError]:
    """What is missing or was not understood on one line."""
    problems: list[PostingError] = []
    for name, value in row["unread"].items():
        problem = errors.LineNotUnderstood(line=row["id"], name=name.replace("_", " "), value=str(value))
        problem.field = name
        problems.append(problem)
    for name, words in _NEEDED.items():
        if row[name] is None and name not in row["unread"]:
            problem_missing = errors.ValueMissing(line=row["id"], name=words)
            problem_missing.field = name.removesuffix("_id")
            problems.append(problem_missing)
    transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
    if "entry_type" not in row["unread"] and (row["entry_type"] == EntryType.TRANSFER) != transfers:
        allowed = "Transfer" if transfers else "Purchase, Sale, Positive adjmt. or Negative adjmt."
        problems.append(errors.EntryTypeNotAllowed(line=row["id"], entry_type=row["entry_type"], allowed=allowed))
    return problems


def _versions(batch_id: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, version FROM posting_itemjournalline WHERE batch_id = %s ORDER BY 1", [batch_id])
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows


_NEEDED = {"posting_date": "The posting date", "item_id": "The item", "quantity": "The quantity"}
_SAME = (
    "item_id", "variant_id", "location_id", "new_location_id", "posting_date", "entry_type", "document_number",
    "quantity_per_unit", "discount_amount", "serial_number", "lot_number", "package_number", "expiration_date",
    "warranty_date", "external_document_number", "description", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "dimension_set_id",
)  # fmt: skip
_LINES = """
    SELECT l.id, l.batch_id, l.version, l.line_number, l.posting_date, l.document_date, l.entry_type, l.document_number,
           l.external_document_number, l.item_id, l.variant_id, l.description, l.quantity, l.unit_amount, l.amount,
           l.discount_amount, l.unit_cost, l.applies_to_entry, l.applies_from_entry, l.serial_number, l.lot_number,
           l.package_number, l.expiration_date, l.warranty_date, l.gen_business_posting_group_id,
           l.gen_product_posting_group_id, l.vendor_id, l.customer_id, l.dimension_set_id, l.reason_code, l.unread,
           COALESCE(l.location_id, blank.id) AS location_id, COALESCE(l.new_location_id, blank.id) AS new_location_id,
           i.number AS item_number, u.code AS unit_code, iu.quantity_per_unit,
           iu.rounding_precision AS unit_precision, base.rounding_precision AS base_precision
      FROM posting_itemjournalline l
      JOIN inventory_location blank ON blank.code = ''
      LEFT JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN inventory_unitofmeasure u ON u.id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure iu
             ON iu.item_id = l.item_id AND iu.unit_id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure base ON base.item_id = l.item_id AND base.unit_id = i.base_unit_id
     WHERE {chosen}
     ORDER BY l.line_number FOR UPDATE OF l
"""
_ALL_LINES = _LINES.format(chosen="l.batch_id = %s")
_CHOSEN_LINES = _LINES.format(chosen="l.id = ANY(%s)")  # by their keys alone: the rest of a long journal is not read
