"""The first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from web.requests import UserRequest, needs


@needs()
@require_GET
def home(request: UserRequest) -> HttpResponse:
    """What wants attention today."""
    return render(request, "home/home.html")
