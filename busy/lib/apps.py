from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "busy.lib"
    label = "lib"
