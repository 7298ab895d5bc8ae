"""Keep lines of a journal to get them again, and number documents anew (journals.md §2, §9)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from inventory.cells import cleaned_code, refusal
from inventory.numbering import next_numbers
from posting.cells import words_of
from posting.edit import STEP, first_values, lock_batch
from posting.errors import LineNotUnderstood, NothingToPost
from posting.models import ItemJournalBatch, ItemJournalLine, StandardItemJournal
from posting.saved import LARGEST_LINE_NUMBER
from users.models import User
from work.errors import Refusal, Refused

LONGEST_CODE = 10


@transaction.atomic
def save_standard_journal(
    batch_id: int, code: str, description: str = "", *, lines: Sequence[int] = (), with_quantity: bool = True,
    with_unit_amount: bool = False, replace: bool = False,
) -> int:  # fmt: skip
    """Keep these lines of a batch (all, where none are named) under a code; answers how many.

    Quantities and prices are left out unless asked for. Raises `Refused` for a code that is taken (without `replace`),
    for cells that were not understood, and where there is nothing to keep. Locks: batch.
    """
    batch = lock_batch(batch_id)
    kept = ItemJournalLine.objects.filter(batch=batch, **({"pk__in": list(lines)} if lines else {}))
    code = cleaned_code(code)
    problems: list[Refusal] = list(_not_understood(kept))
    there = StandardItemJournal.objects.filter(template=batch.template_id, code=code).first()
    if not code:
        problems.append(Refusal("The code is missing. Fill it in.", code="value_missing", field="code"))
    elif len(code) > LONGEST_CODE:
        words = f"It has {len(code)} characters, {LONGEST_CODE} are possible. Shorten it."
        problems.append(refusal("too_long", "code", code, words))
    elif there is not None and not replace:
        words = "There is a standard journal of that code already. Replace it, or choose another code."
        problems.append(refusal("already_exists", "code", code, words))
    if not kept.exists():
        problems.append(Refusal("There are no lines to keep. Type some first.", code="nothing_to_save", field="lines"))
    if problems:
        raise Refused(problems)
    if there is not None:
        there.lines.all().delete()
    journal, _ = StandardItemJournal.objects.update_or_create(
        template_id=batch.template_id, code=code, defaults={"description": description.strip()[:100]}
    )
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [journal.pk, with_quantity, with_unit_amount, with_unit_amount, batch.pk, not lines,
                               list(lines)])  # fmt: skip
        return int(cursor.rowcount)


def _not_understood(lines: QuerySet[ItemJournalLine]) -> Iterator[Refusal]:
    """What stands in a cell as it was typed cannot be kept."""
    for line, unread in lines.exclude(unread={}).values_list("pk", "unread"):
        for name, raw in unread.items():
            problem = LineNotUnderstood(line=line, name=words_of(name), value=raw)
            problem.field = name
            yield problem


@transaction.atomic
def get_standard_journal(batch_id: int, code: str, *, user: User, work_date: date) -> int:
    """Put the lines of a standard journal behind those of a batch; answers how many.

    Dates and document number are those of the line before, as when a line is typed. Raises `Refusal` where there is no
    such standard journal. Locks: batch.
    """
    batch = lock_batch(batch_id)
    found = StandardItemJournal.objects.filter(template=batch.template_id, code=cleaned_code(code)).first()
    if found is None:
        raise refusal("not_found", "code", code, "There is no such standard journal. Choose another.")
    values = _started(batch, work_date)
    step = min(STEP, (LARGEST_LINE_NUMBER - values["after"]) // (found.lines.count() + 1))
    if step < 1:
        raise Refusal("The journal is full. Post some of its lines, or use another batch.", code="batch_full")
    with connection.cursor() as cursor:
        cursor.execute(_GET, {**values, "batch": batch.pk, "user": user.pk, "journal": found.pk, "step": step})
        return int(cursor.rowcount)


@transaction.atomic
def delete_standard_journal(batch_id: int, code: str) -> None:
    """Take a standard journal of the batch's template away. Raises `Refusal` where there is none of that code."""
    batch = lock_batch(batch_id)
    gone, _ = StandardItemJournal.objects.filter(template=batch.template_id, code=cleaned_code(code)).delete()
    if not gone:
        raise refusal("not_found", "code", code, "There is no such standard journal. Choose another.")


@transaction.atomic
def renumber_documents(batch_id: int, *, user: User, work_date: date) -> int:
    """Give the documents of a batch the next numbers of its series, in the order of its lines.

    Answers how many lines changed. Lines that share a document number go on sharing one. No number is taken before it
    is posted. Raises `Refused` where the batch has no series or no lines, `NumberRefused` where the series gives none.
    Locks: batch, lines.
    """
    batch = lock_batch(batch_id)
    lines = list(ItemJournalLine.objects.select_for_update(no_key=True).filter(batch=batch).order_by("line_number"))
    if batch.number_series is None:
        words = f"Batch {batch.name} has no number series to take numbers from. Give it one in the back office."
        raise Refused([Refusal(words, code="no_series", field="document_number", batch=batch.name)])
    if not lines:
        raise Refused([NothingToPost()])
    documents = list(dict.fromkeys(line.document_number for line in lines))
    on = next((line.posting_date for line in lines if line.posting_date), work_date)
    numbers = next_numbers(batch.number_series, on=on, count=len(documents), preview=True)
    new = dict(zip(documents, numbers, strict=True))
    changed = [
        (line.pk, new[line.document_number]) for line in lines if new[line.document_number] != line.document_number
    ]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_RENUMBER, [user.pk, *map(list, zip(*changed, strict=True))])
    return len(changed)


def _started(batch: ItemJournalBatch, work_date: date) -> dict[str, Any]:
    """What new lines start with: dates and document number of the last one, else those of an empty batch."""
    last = ItemJournalLine.objects.filter(batch=batch).order_by("-line_number").first()
    if last is None:
        return {**first_values(batch, work_date), "after": 0}
    return {
        "posting_date": last.posting_date, "document_date": last.document_date,
        "document_number": last.document_number, "entry_type": last.entry_type, "after": last.line_number,
    }  # fmt: skip


_KEEP = """
    INSERT INTO posting_standarditemjournalline (
           journal_id, line_number, entry_type, item_id, variant_id, description, location_id, new_location_id, unit_id,
           quantity, unit_amount, unit_cost, reason_code)
    SELECT %s, row_number() OVER (ORDER BY line_number) * 10000, entry_type, item_id, variant_id, description,
           location_id, new_location_id, unit_id, CASE WHEN %s THEN quantity END, CASE WHEN %s THEN unit_amount END,
           CASE WHEN %s THEN unit_cost END, reason_code
      FROM posting_itemjournalline WHERE batch_id = %s AND (%s OR id = ANY(%s::bigint[]))
"""
_GET = """
    INSERT INTO posting_itemjournalline (
           batch_id, line_number, version, posting_date, document_date, entry_type, document_number,
           external_document_number, item_id, variant_id, description, location_id, new_location_id, quantity, unit_id,
           unit_amount, discount_amount, unit_cost, serial_number, lot_number, package_number, reason_code, unread,
           changed_by_id)
    SELECT %(batch)s, %(after)s + row_number() OVER (ORDER BY line_number) * %(step)s, 1, %(posting_date)s,
           %(document_date)s, coalesce(nullif(entry_type, ''), %(entry_type)s), %(document_number)s, '', item_id,
           variant_id, description, location_id, new_location_id, quantity, unit_id, unit_amount, 0, unit_cost, '', '',
           '', reason_code, '{}', %(user)s
      FROM posting_standarditemjournalline WHERE journal_id = %(journal)s
"""
_RENUMBER = """
    UPDATE posting_itemjournalline l
       SET document_number = n.number, version = l.version + 1, changed_by_id = %s,
           unread = l.unread - 'document_number'
      FROM unnest(%s::bigint[], %s::text[]) AS n (id, number) WHERE l.id = n.id
"""
