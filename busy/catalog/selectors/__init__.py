"""Every read of the catalogue that pages and other apps share. All work for the workspace in scope."""

from busy.catalog.selectors.lists import (
    CustomerRow,
    ListQuery,
    ProductRow,
    ProjectRow,
    State,
    WorkTypeRow,
    customers_page,
    products_page,
    project_rows,
    projects_page,
    work_types_page,
)
from busy.catalog.selectors.loggable import (
    Choice,
    LoggableProject,
    loggable,
    loggable_pairs,
    search_loggable,
)

__all__ = [
    "Choice",
    "CustomerRow",
    "ListQuery",
    "LoggableProject",
    "ProductRow",
    "ProjectRow",
    "State",
    "WorkTypeRow",
    "customers_page",
    "loggable",
    "loggable_pairs",
    "products_page",
    "project_rows",
    "projects_page",
    "search_loggable",
    "work_types_page",
]
