"""What waits in journals."""

from dataclasses import dataclass

from django.db.models import Count, Q

from posting.models import ItemJournalBatch


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch with the lines that wait in it, and how many of them hold a cell that was not understood."""

    template: str
    name: str
    lines: int
    unread: int


def waiting_batches(limit: int = 20) -> list[WaitingBatch]:
    """Batches with lines, the fullest first; one statement."""
    found = (
        ItemJournalBatch.objects.annotate(count=Count("lines"), bad=Count("lines", filter=~Q(lines__unread={})))
        .filter(count__gt=0)
        .order_by("-count", "template__name", "name")
        .values_list("template__name", "name", "count", "bad")[:limit]
    )
    return [WaitingBatch(*row) for row in found]
