"""Addresses of the query API."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
