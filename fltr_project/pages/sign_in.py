"""Signing a browser in with a token, and out."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from authbridge.errors import AuthenticationError
from authbridge.services.sessions import cookie_names, cookie_value, live_token
from fltr_project.http.attempts import flag, is_guess

COOKIE_LIFETIME_S = 7 * 24 * 3600


class TokenForm(forms.Form):
    """A session token to sign this browser in with."""

    has_guessed = False
    token = forms.CharField(max_length=400, strip=True, widget=forms.PasswordInput(attrs={"autocomplete": "off"}))

    def clean_token(self) -> str:
        """Return the raw token of a live session."""
        if not settings.BETTER_AUTH_SECRET:
            raise forms.ValidationError("BETTER_AUTH_SECRET is not set, so no cookie can be signed.")
        try:
            return live_token(self.cleaned_data["token"])
        except AuthenticationError as error:
            self.has_guessed = is_guess(error)
            raise forms.ValidationError(error.message) from error


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Turn a session token into the cookie that the Next.js site would have set, for the browsable API."""
    form = TokenForm(request.POST or None)
    if not form.is_valid():
        if form.has_guessed:
            flag(request)
        return render(request, "sign_in.html", {"form": form}, status=400 if request.method == "POST" else 200)
    response = redirect(next_page(request))
    forget_cookies(response)
    response.set_cookie(
        cookie_names()[request.is_secure()],
        cookie_value(form.cleaned_data["token"]),
        max_age=COOKIE_LIFETIME_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget the cookie; the session itself is the site's to end."""
    response = redirect("start")
    forget_cookies(response)
    return response


def next_page(request: HttpRequest) -> str:
    """Return the page of this site that the visitor came from, or the API's first."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("api-root")


def forget_cookies(response: HttpResponse) -> None:
    """Drop the cookie under both names: a stale one under the other name would be taken first."""
    for name in cookie_names():
        response.delete_cookie(name, samesite="Lax")
