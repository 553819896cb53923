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
from busy.catalog.selectors.rate_lines import (
    ProjectRates,
    RateLine,
    RateSubject,
    project_rates,
    rate_lines,
)

__all__ = [
    "Choice",
    "CustomerRow",
    "ListQuery",
    "LoggableProject",
    "ProductRow",
    "ProjectRates",
    "ProjectRow",
    "RateLine",
    "RateSubject",
    "State",
    "WorkTypeRow",
    "customers_page",
    "loggable",
    "loggable_pairs",
    "products_page",
    "project_rates",
    "project_rows",
    "projects_page",
    "rate_lines",
    "search_loggable",
    "work_types_page",
]
