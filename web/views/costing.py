"""What waits to be costed and posted to the general ledger, and the buttons that do it now."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from costing import jobs, queries
from inventory.setup import read_setup
from web.forms.costing import AdjustForm, PostForm
from web.requests import UserRequest, needs
from work.jobs import start_job


@needs("costing.view_cost")
@require_GET
def costing(request: UserRequest) -> HttpResponse:
    """Both queues with the reasons of what could not be done."""
    return _page(request)


@needs("costing.view_cost", "costing.adjust_cost")
@require_POST
def adjust_costs_now(request: UserRequest) -> HttpResponse:
    """Start cost adjustment as a job."""
    form = AdjustForm(request.POST)
    if not form.is_valid():
        return _page(request, adjust=form, status=400)
    until = form.cleaned_data["until"]
    job = start_job(jobs.ADJUST, _("Adjust costs"), user=request.user,
                    arguments={"until": until.isoformat() if until else ""})  # fmt: skip
    return redirect("job", pk=job.pk)


@needs("costing.view_cost", "costing.post_to_gl")
@require_POST
def post_to_gl_now(request: UserRequest) -> HttpResponse:
    """Start posting to the general ledger as a job."""
    form = PostForm(request.POST)
    if not form.is_valid():
        return _page(request, post=form, status=400)
    arguments = {"method": form.cleaned_data["method"], "document_number": form.cleaned_data["document_number"]}
    job = start_job(jobs.POST, _("Post inventory cost to the G/L"), user=request.user, arguments=arguments)
    return redirect("job", pk=job.pk)


def _page(
    request: UserRequest, *, adjust: AdjustForm | None = None, post: PostForm | None = None, status: int = 200
) -> HttpResponse:
    to_adjust, to_post, adjust_failed, post_failed = queries.queue_counts()
    context = {
        "setup": read_setup(),
        "to_adjust": to_adjust,
        "to_post": to_post,
        "adjust_failed": adjust_failed,
        "post_failed": post_failed,
        "queues": [
            (_("Costs to adjust"), queries.waiting_for_adjustment(), _("All costs are adjusted")),
            (_("Worth to post to the general ledger"), queries.waiting_for_the_gl(), _("All worth is posted")),
        ],
        "adjust_form": adjust or AdjustForm(),
        "post_form": post or PostForm(),
        "may_adjust": request.user.has_perm("costing.adjust_cost"),
        "may_post": request.user.has_perm("costing.post_to_gl"),
    }
    return render(request, "costing/costing.html", context, status=status)
