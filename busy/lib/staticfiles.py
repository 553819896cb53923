"""Static files with a hash in their name, so that browsers may keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    # The ES modules import each other by relative paths; without this a new release would mix old and new modules.
    support_js_module_import_aggregation = True
