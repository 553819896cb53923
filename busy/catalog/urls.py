"""Addresses of the catalogue, under /w/<workspace>/."""

from __future__ import annotations

from django.urls import path

from busy.catalog.views import choices, customers, products, project_parts, projects, rate_parts, tasks, work_types

app_name = "catalog"
urlpatterns = [
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/choices/", choices.projects, name="project-choices"),
    path("projects/<int:project_id>/", projects.project, name="project"),
    path("projects/<int:project_id>/archive/", projects.archive, name="project-archive"),
    path("projects/<int:project_id>/restore/", projects.restore, name="project-restore"),
    path("projects/<int:project_id>/work-types/", project_parts.work_types, name="project-work-types"),
    path(
        "projects/<int:project_id>/work-types/<int:work_type_id>/<slug:do>/",
        project_parts.work_type,
        name="project-work-type",
    ),
    path("projects/<int:project_id>/members/", project_parts.members, name="project-members"),
    path("projects/<int:project_id>/members/<int:member_id>/<slug:do>/", project_parts.member, name="project-member"),
    path("projects/<int:project_id>/rates/", rate_parts.project_rates, name="project-rates"),
    path("projects/<int:project_id>/rates/mode/", rate_parts.project_rate_mode, name="project-rate-mode"),
    path("projects/<int:project_id>/tasks/", tasks.index, name="project-tasks"),
    path("projects/<int:project_id>/tasks/rules/", tasks.rules, name="project-task-rules"),
    path("projects/<int:project_id>/tasks/<int:task_id>/", tasks.task, name="project-task"),
    path("projects/<int:project_id>/tasks/<int:task_id>/members/", tasks.members, name="project-task-members"),
    path(
        "projects/<int:project_id>/tasks/<int:task_id>/members/<int:member_id>/<slug:do>/",
        tasks.member,
        name="project-task-member",
    ),
    path("projects/<int:project_id>/tasks/<int:task_id>/<slug:do>/", tasks.act, name="project-task-act"),
    path("customers/", customers.index, name="customers"),
    path("customers/new/", customers.new, name="customer-new"),
    path("customers/choices/", choices.customers, name="customer-choices"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("customers/<int:customer_id>/archive/", customers.archive, name="customer-archive"),
    path("customers/<int:customer_id>/restore/", customers.restore, name="customer-restore"),
    path("work-types/", work_types.index, name="work-types"),
    path("work-types/new/", work_types.new, name="work-type-new"),
    path("work-types/<int:work_type_id>/", work_types.work_type, name="work-type"),
    path("work-types/<int:work_type_id>/archive/", work_types.archive, name="work-type-archive"),
    path("work-types/<int:work_type_id>/restore/", work_types.restore, name="work-type-restore"),
    path("work-types/<int:work_type_id>/rate/", rate_parts.work_type_rate, name="work-type-rate"),
    path("products/", products.index, name="products"),
    path("products/new/", products.new, name="product-new"),
    path("products/choices/", choices.products, name="product-choices"),
    path("products/<int:product_id>/", products.product, name="product"),
    path("products/<int:product_id>/archive/", products.archive, name="product-archive"),
    path("products/<int:product_id>/restore/", products.restore, name="product-restore"),
    path("rates/", rate_parts.rates, name="rates"),
    path("rates/why/", rate_parts.why, name="rate-why"),
    path("rates/<int:rate_id>/withdraw/", rate_parts.withdraw, name="rate-withdraw"),
]
