"""Uniconta: customers travel both ways, items come in as products, orders go out (R94-R107), and where an
administrator says so projects come in and hours go out."""

from integrations.kernel.connector import Connector
from integrations.providers.uniconta.api import UnicontaApi, open_api
from integrations.providers.uniconta.facts import FACTS
from integrations.providers.uniconta.hours import HOURS
from integrations.providers.uniconta.identity import company
from integrations.providers.uniconta.pulls import PULLS
from integrations.providers.uniconta.pushes import ORDERS
from integrations.providers.uniconta.saves import SAVES, field_names
from integrations.providers.uniconta.set_up import choices
from integrations.providers.uniconta.watch import WATCH

CONNECTOR: Connector[UnicontaApi] = Connector(
    facts=FACTS,
    open=open_api,
    check=company,
    pulls=PULLS,
    pushes=(ORDERS,),
    puts=(HOURS,),
    saves=SAVES,
    field_names=field_names,
    watch=WATCH,
    set_up=choices,
)
