"""Static files with a hash in their name, so that browsers may keep them for ever."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own patterns for import and export, applied to our modules alone: some packages ship modules whose imports
# lead nowhere, and the switch support_js_module_import_aggregation would stop the collection at them.
_IMPORTS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """The modules import each other by relative paths: rewritten too, or a release would mix old and new ones."""

    patterns = (*ManifestStaticFilesStorage.patterns, ("js/*.js", _IMPORTS))
