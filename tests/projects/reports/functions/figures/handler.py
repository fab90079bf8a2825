import datetime

import errorlog


class Report:
    name = "hourly"

    def of(self, day):
        return f"{self.name} report of {day:%d %B %Y}"


class Weekday(Report):
    name = "weekday"


REPORTS = {"weekday": Weekday}


@errorlog.record_errors
def handler(event, context):
    day = datetime.date.fromisoformat(event["time"][:10])
    return REPORTS.get(event.get("report"), Report)().of(day)
