"""The WSGI application. WSGI, since sync views under ASGI measured 4-9 times slower."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "busy.settings")
application = get_wsgi_application()
