"""Where Lambda looks; the application is elsewhere."""

from src.http.rooms import app as lambda_handler

__all__ = ["lambda_handler"]
