"""The page at /admin/status/: how this instance is, for staff who may see that."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from authbridge.shared.findings import Level
from fltr_project.status.gathering import gather
from fltr_project.status.showing import in_words, summary, told
from fltr_project.status.tree import Status

PERMISSION = "fltr_project.view_status"
# A page keeps one of the few threads that answer; whoever looks again finds what the doctor has found meanwhile.
TIMEOUT_S = 2.5
FINDINGS_GOOD_FOR_S = 60
COLOURS = {Level.RED: "text-red-700 dark:text-red-500", Level.YELLOW: "text-orange-700 dark:text-orange-400"}


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show it; staff without the permission are refused."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    found = gather(timeout_s=TIMEOUT_S, doctor_timeout_s=TIMEOUT_S, doctor_good_for_s=FINDINGS_GOOD_FOR_S)
    return TemplateResponse(request, "admin/status.html", {**admin.site.each_context(request), **in_template(found)})


def in_template(found: Status) -> dict[str, Any]:
    """Return the status as its template shows it."""
    examination = found.examination
    return {
        "title": "Status",
        "at": told(found.at),
        "parts": [
            {
                "title": part.title,
                "facts": [(fact.label, in_words(fact.key, fact.value)) for fact in part.facts],
                "problem": part.problem,
            }
            for part in found.parts
        ],
        "findings": [(finding, COLOURS[finding.level]) for finding in examination.grave],
        "summary": summary(examination),
        "examined_at": told(examination.finished_at),
        "problem": examination.problem,
    }
