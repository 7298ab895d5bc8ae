"""Cost adjustment and G/L posting as jobs that somebody starts and watches (decision 29)."""

from datetime import date
from typing import Any

from costing.adjust import adjust_costs
from costing.gl_posting import PER_ENTRY, post_costs_to_gl
from work.jobs import Result, Running

ADJUST, POST = "adjust costs", "post costs to the G/L"


def adjust(job: Running) -> Result:
    """Adjust everything that is queued, average items up to a date where one is given."""
    until = _day(job.arguments)
    job.progress(0, 1, "Adjusting")
    done = adjust_costs(until=until, user_id=job.user_id)
    job.progress(1, 1, f"{done.items} items looked at, {done.value_entries} value entries written")
    return {"items": done.items, "value_entries": done.value_entries, "registers": done.register_ids}


def post(job: Running) -> Result:
    """Take all queued worth into the G/L, batch by batch; what has to stay says why."""
    method = job.arguments.get("method", PER_ENTRY)
    number = job.arguments.get("document_number", "")
    registers, values, left = [], 0, set()
    while True:
        posted = post_costs_to_gl(method=method, document_number=number, user_id=job.user_id, until=_day(job.arguments))
        left |= set(posted.left.values())
        if posted.register_id is not None:
            registers.append(posted.register_id)
        if not posted.moved:
            break
        values += posted.value_entries
        job.progress(values, values + 1, f"{values} value entries posted")
    job.progress(1, 1, f"{values} value entries posted")
    return {"value_entries": values, "gl_registers": registers, "left": sorted(left)}


def _day(arguments: Any) -> date | None:
    raw = arguments.get("until")
    return date.fromisoformat(raw) if raw else None
