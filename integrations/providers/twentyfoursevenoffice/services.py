"""Where each operation lives: three services stand on another host than the rest, and one session serves both."""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = "http://24sevenOffice.com/webservices"


@dataclass(frozen=True, slots=True)
class Service:
    """`file` is its description in `wsdl/`; `path` stands below one of the two hosts."""

    file: str
    path: str
    is_second: bool = False  # on the host of projects, hours and persons

    def address(self, first: str, second: str) -> str:
        return (second if self.is_second else first).rstrip("/") + self.path


AUTHENTICATE = Service("authenticate", "/authenticate/v001/authenticate.asmx")
CLIENT = Service("client", "/Client/V001/ClientService.asmx")
COMPANY = Service("company", "/CRM/Company/V001/CompanyService.asmx")
INVOICE = Service("invoice", "/Economy/InvoiceOrder/V001/InvoiceService.asmx")
PRODUCT = Service("product", "/Logistics/Product/V001/ProductService.asmx")
PERSON = Service("person", "/CRM/Contact/PersonService.asmx", is_second=True)
PROJECT = Service("project", "/Project/V001/ProjectService.asmx", is_second=True)
TIME = Service("time", "/timesheet/v001/timeservice.asmx", is_second=True)
SERVICES = (AUTHENTICATE, CLIENT, COMPANY, INVOICE, PRODUCT, PERSON, PROJECT, TIME)

# The operations Busy calls; other services have some of the same names.
OPERATIONS: dict[str, Service] = {
    "GetIdentitiesWithCredential": AUTHENTICATE,
    "GetIdentity": AUTHENTICATE,
    "HasSession": AUTHENTICATE,
    "Login": AUTHENTICATE,
    "GetClientInformation": CLIENT,
    "GetUsers": CLIENT,
    "GetCompanies": COMPANY,
    "GetCompanySyncList": COMPANY,
    "GetInvoices": INVOICE,
    "GetOrderSyncList": INVOICE,
    "SaveInvoices": INVOICE,
    "GetProducts": PRODUCT,
    "GetPersonsDetailed": PERSON,
    "GetDeactivatedProjectNameList": PROJECT,
    "GetDeactivatedProjects": PROJECT,
    "GetProjectNameList": PROJECT,
    "GetProjectStatuses": PROJECT,
    "GetProjectTasks": PROJECT,
    "GetProjectsDetailed": PROJECT,
    "GetSingleProject": PROJECT,
    "SaveProject": PROJECT,
    "SaveProjectTask": PROJECT,
    "DeleteHour": TIME,
    "GetHours": TIME,
    "GetWorkTypeList": TIME,
    "SaveHour": TIME,
}
WRITES = frozenset({"SaveInvoices", "SaveProject", "SaveProjectTask", "SaveHour", "DeleteHour"})
