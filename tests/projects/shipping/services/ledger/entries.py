"""One entry after the other: what fails stops those of its group."""

import functools
import json
import logging

import errorlog


def timed(function):
    @functools.wraps(function)
    def measured(*arguments):
        try:
            return function(*arguments)
        finally:
            logging.getLogger().info("entry done")

    return measured


@errorlog.record_errors
@timed
def main(event, context):
    (record,) = event["Records"]
    entry = json.loads(record["body"])
    return f"{entry['account']}: {entry['amount']}"
