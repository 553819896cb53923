from __future__ import annotations

from django.urls import include, path

from timesheets.views import (
    approve,
    approve_projects,
    approve_sent,
    corrections,
    history,
    lines,
    submission,
    time_settings,
    timeline,
    timeline_steps,
    timer,
    timer_steps,
    week,
    week_acts,
    week_cells,
    week_templates,
)

app_name = "timesheets"
urlpatterns = [
    # The week
    path("week/", week.this_week, name="week"),
    path("week/<week:week>/", week.week_of, name="week-of"),
    path("week/<week:week>/rows/", week_cells.change_rows, name="week-rows"),
    path("week/<week:week>/acts/", week_acts.take, name="week-acts"),
    path("week/<week:week>/templates/", week_templates.templates, name="week-templates"),
    path("week/cells/", week_cells.save_cells, name="week-cells"),
    path("week/cell/", week_cells.save_cell, name="week-cell"),
    path("week/search/", week_cells.search, name="week-search"),
    # The timeline
    path("timeline/", timeline.this_timeline, name="timeline"),
    path("timeline/<week:week>/", timeline.timeline_week, name="timeline-week"),
    path("timeline/step/", timeline_steps.save_step, name="timeline-step"),
    # An entry in one line
    path("line/", lines.line, name="line"),
    path("line/read/", lines.read, name="line-read"),
    path("line/<uuid:line_id>/undo/", lines.undo, name="line-undo"),
    # Sending hours for approval
    path("submission/<week:week>/", submission.submission, name="submission"),
    path("submission/<week:week>/undo/", submission.undo, name="submission-undo"),
    path("submission/<week:week>/ask/", submission.ask, name="ask-to-reopen"),
    # The timer
    path("timer/", timer.show, name="timer"),
    path("timer/act/", timer_steps.take_act, name="timer-act"),
    path("timer/state/", timer.state, name="timer-state"),
    path("timer/<uuid:timer_id>/undo/", timer.undo, name="timer-undo"),
    # Approving people's weeks
    path("approve/", approve.approve, name="approve"),
    path("approve/<week:week>/", approve.approve_week, name="approve-week"),
    path("approve/<week:week>/people/", approve.approve_people, name="approve-people"),
    path("approve/<week:week>/people/<int:member_id>/", approve.approve_person, name="approve-person"),
    path("approve/<week:week>/undo/", approve.undo, name="approve-undo"),
    # What became of entries
    path("history/<uuid:client_id>/", history.entry_history, name="entry-history"),
    path("history/<int:project_id>/<int:work_type_id>/<str:day>/", history.cell_history, name="cell-history"),
    path("approve/<week:week>/people/<int:member_id>/reject/", approve_sent.reject, name="approve-reject"),
    path("approve/<week:week>/requests/<int:request_id>/", approve_sent.answer, name="approve-request"),
    # Approving the hours of projects
    path("approve/projects/", approve_projects.approve_projects, name="approve-projects"),
    path("approve/projects/approve/", approve_projects.approve_hours, name="approve-hours"),
    path("approve/projects/undo/", approve_projects.undo, name="approve-hours-undo"),
    # Correcting an entry before it is approved
    path("approve/entries/<uuid:client_id>/", corrections.correct, name="correct"),
    path("approve/entries/<uuid:client_id>/search/", corrections.search, name="correct-search"),
    path("approve/entries/<uuid:client_id>/undo/", corrections.undo, name="correct-undo"),
    # How the workspace records and approves time
    path("settings/time/", time_settings.show, name="settings"),
    path("", include("timesheets.capacity_urls")),
    path("", include("timesheets.calendar_urls")),
]
