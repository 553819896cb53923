from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "busy.catalog"
    label = "catalog"
