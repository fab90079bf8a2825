"""The stage's dashboards: bodies for CloudWatch, laid out on its grid and within its limits."""

from tocsin.dashboards.pages import Dashboard, dashboards

__all__ = ["Dashboard", "dashboards"]
