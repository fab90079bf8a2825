"""Monitoring attached to functions that other tools deploy, found by their templates."""
