"""The least that a view of Django REST framework can do for an order: insert one row."""

from django.db import models
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import urlpatterns as addresses_of_the_project


class Row(models.Model):
    """What a client sent."""

    body = models.JSONField()

    class Meta:
        app_label = "bare"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class InsertRow(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        row = Row(body=request.data)
        row.save(force_insert=True)
        return Response({"id": row.pk}, status=202)


urlpatterns = [path("api/bare", InsertRow.as_view()), *addresses_of_the_project]
