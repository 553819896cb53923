"""The language of a request: the person's own choice, else the browser's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Norwegian browsers also say "no" and "nn"; Busy speaks bokmål.
_NORWEGIAN = ("no", "nn")


class LanguageMiddleware(LocaleMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        language = getattr(request.user, "language", "") or self._preferred(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response

    @staticmethod
    def _preferred(request: HttpRequest) -> str:
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if cookie in dict(settings.LANGUAGES):
            return cookie
        for item in request.headers.get("Accept-Language", "").lower().split(","):
            code = item.split(";")[0].strip().split("-")[0]
            if code in _NORWEGIAN:
                return "nb"
            if code in dict(settings.LANGUAGES):
                return code
        return settings.LANGUAGE_CODE
