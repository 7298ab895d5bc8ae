"""What runs long: how far it is, what it did, and why it failed."""

import uuid

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from web.requests import UserRequest, needs
from work.models import Job

SHOWN = 100


@needs()
@require_GET
def jobs(request: UserRequest) -> HttpResponse:
    """One's own jobs; an administrator's list holds everybody's."""
    rows = list(_visible(request)[:SHOWN])
    busy = any(job.state in (Job.State.QUEUED, Job.State.RUNNING) for job in rows)
    return render(request, "jobs/jobs.html", {"jobs": rows, "busy": busy})


@needs()
@require_GET
def job(request: UserRequest, pk: uuid.UUID) -> HttpResponse:
    """One job; while it runs the page asks again every second."""
    found = get_object_or_404(_visible(request), pk=pk)
    busy = found.state in (Job.State.QUEUED, Job.State.RUNNING)
    template = "jobs/_job.html" if request.htmx else "jobs/job.html"
    return render(request, template, {"job": found, "busy": busy, "facts": _facts(found), "problems": _problems(found)})


def _facts(found: Job) -> list[tuple[str, str]]:
    """What the job says it did, in words."""
    return [
        (name.replace("_", " ").capitalize(), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in found.result.items()
        if name not in ("errors", "link", "link_words") and value not in ([], "")
    ]


def _problems(found: Job) -> list[str]:
    return [problem["message"] for problem in found.result.get("errors", [])[:SHOWN]]


def _visible(request: UserRequest) -> QuerySet[Job]:
    everybody = request.user.has_perm("work.view_job")
    return Job.objects.order_by("-created_at").filter(Q() if everybody else Q(user_id=request.user.pk))
