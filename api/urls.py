"""Every resource of `/api/v1/`, one line each."""

from django.urls import path, re_path

from api import journals, tokens
from api.nowhere import Nowhere

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view()),
    path("tokens/<str:key>/", tokens.Token.as_view()),
    path("journals/", journals.Journals.as_view()),
    path("journals/<str:template>/<str:batch>/", journals.Journal.as_view()),
    path("journals/<str:template>/<str:batch>/lines/", journals.JournalLines.as_view()),
    path("journals/<str:template>/<str:batch>/check/", journals.JournalCheck.as_view()),
    path("journals/<str:template>/<str:batch>/preview/", journals.JournalPreview.as_view()),
    path("journals/<str:template>/<str:batch>/posting/", journals.JournalPosting.as_view()),
    path("journals/<str:template>/<str:batch>/valid-posting/", journals.JournalValidPosting.as_view()),
    re_path("", Nowhere.as_view()),
]
