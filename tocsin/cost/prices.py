"""The prices of prices.yml, typed."""

import datetime as dt
from functools import cache
from pathlib import Path

import yaml

from tocsin.strict_model import StrictModel

FILE = Path(__file__).with_name("prices.yml")


class Prices(StrictModel):
    """USD by unit; storage and fixed parts by month."""

    date: dt.date
    region: str
    alarm_metric: float
    high_resolution_alarm_metric: float
    composite_alarm: float
    dashboard: float
    log_ingest_gb: float
    log_storage_gb: float
    write_unit: float
    read_unit: float
    table_storage_gb: float
    point_in_time_recovery_gb: float
    lambda_request: float
    lambda_gb_second: float
    notification: float
    secret: float
    kms_key: float


@cache
def prices(region: str = "") -> Prices:
    """As of the date in the file: those of ``region`` where it lists them, else its own."""
    charged = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    regions = charged.pop("regions")
    if region in regions:
        charged |= {**regions[region], "region": region}
    return Prices.model_validate(charged)
