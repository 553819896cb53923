"""Addresses of the integrations, under the workspace's own."""

from __future__ import annotations

from django.urls import path

from integrations.views import (
    capabilities,
    connecting,
    connection,
    hours,
    hours_compare,
    mapping,
    orders,
    planning,
    signing_in,
    undoing,
    work_types,
)

app_name = "integrations"
_ONE = "settings/integrations/<slug:provider>/"
urlpatterns = [
    path("settings/integrations/", connecting.index, name="list"),
    path("settings/integrations/compare/", capabilities.capabilities, name="capabilities"),
    path(_ONE, connection.overview, name="connection"),
    path(f"{_ONE}connect/", connecting.connect, name="connect"),
    path(f"{_ONE}sign-in/", signing_in.start, name="sign-in"),
    path(f"{_ONE}overview/", connection.overview_part, name="overview"),
    path(f"{_ONE}health/", connection.health_part, name="health"),
    path(f"{_ONE}problems/", connection.problems, name="problems"),
    path(f"{_ONE}settings/", connection.settings, name="connection-settings"),
    path(f"{_ONE}history/", connection.history, name="history"),
    path(f"{_ONE}synchronise/", connection.synchronise, name="synchronise"),
    path(f"{_ONE}disconnect/", connection.disconnect, name="disconnect"),
    path(f"{_ONE}project-sync/", connection.project_sync, name="project-sync"),
    path(f"{_ONE}work-types/", work_types.work_type_sync, name="work-type-sync"),
    path(f"{_ONE}hours/", hours.cells, name="hours"),
    path(f"{_ONE}hours/choose/", hours.choose, name="hours-choose"),
    path(f"{_ONE}hours/preview/", hours.preview, name="hours-preview"),
    path(f"{_ONE}hours/retry/", hours.retry_cause, name="hours-retry-cause"),
    path(f"{_ONE}hours/compare/", hours_compare.compare, name="hours-compare"),
    path(f"{_ONE}hours/compare/again/", hours_compare.make_equal, name="hours-make-equal"),
    path(f"{_ONE}hours/<int:cell_id>/", hours.cell, name="hours-cell"),
    path(f"{_ONE}hours/<int:cell_id>/retry/", hours.retry, name="hours-retry"),
    path(f"{_ONE}hours/<int:cell_id>/overwrite/", hours.overwrite, name="hours-overwrite"),
    path(f"{_ONE}preview/", planning.preview, name="preview"),
    path(f"{_ONE}preview/read/", planning.read, name="preview-read"),
    path(f"{_ONE}preview/<slug:kind>/choices/", planning.choices, name="preview-choices"),
    path(f"{_ONE}preview/<slug:kind>/<int:local_id>/", planning.record, name="preview-record"),
    path(f"{_ONE}undo/", undoing.undo, name="undo"),
    path(f"{_ONE}pause/", connection.pause, name="pause"),
    path(f"{_ONE}resume/", connection.resume, name="resume"),
    path(f"{_ONE}support/", connection.support, name="support"),
    path(f"{_ONE}deliveries/<int:delivery_id>/support/", connection.delivery_support, name="delivery-support"),
    path(f"{_ONE}mapping/", mapping.first, name="mapping-first"),
    path(f"{_ONE}mapping/undo/<uuid:client_id>/", mapping.undo, name="mapping-undo"),
    path(f"{_ONE}mapping/<slug:kind>/", mapping.index, name="mapping"),
    path(f"{_ONE}mapping/<slug:kind>/choices/", mapping.choices, name="mapping-choices"),
    path(f"{_ONE}mapping/<slug:kind>/accept/", mapping.accept, name="mapping-accept"),
    path(f"{_ONE}mapping/<slug:kind>/<int:local_id>/", mapping.record, name="mapping-record"),
    path(f"{_ONE}retry/", connection.retry_all, name="retry-all"),
    path(f"{_ONE}runs/<int:run_id>/archive/", connection.confirm_archiving, name="confirm-archiving"),
    path(f"{_ONE}runs/<int:run_id>/keep/", connection.dismiss_archiving, name="dismiss-archiving"),
    path("orders/<int:order_id>/retry/", orders.retry, name="retry-order"),
    path("orders/<int:order_id>/send/", orders.send, name="send-order"),
]
