"""24SevenOffice: customers, products, work types and people come in, projects and tasks travel both ways, orders and
hours go out. SOAP."""

from integrations.kernel.connector import Connector
from integrations.providers.twentyfoursevenoffice.api import OfficeApi, open_api
from integrations.providers.twentyfoursevenoffice.facts import FACTS
from integrations.providers.twentyfoursevenoffice.hours import HOURS
from integrations.providers.twentyfoursevenoffice.identity import clients, company
from integrations.providers.twentyfoursevenoffice.pulls import PULLS
from integrations.providers.twentyfoursevenoffice.pushes import ORDERS
from integrations.providers.twentyfoursevenoffice.saves import SAVES
from integrations.providers.twentyfoursevenoffice.tasks import TASKS

CONNECTOR: Connector[OfficeApi] = Connector(
    facts=FACTS,
    open=open_api,
    check=company,
    pulls=(*PULLS, TASKS),
    pushes=(ORDERS,),
    puts=(HOURS,),
    saves=SAVES,
    offer=clients,
)
