import functools
import json

import errorlog


def with_settings(**settings):
    def decorate(function):
        @functools.wraps(function)
        def configured(event, context):
            return function(event, context, **settings)

        return configured

    return decorate


@with_settings(longest=80)
@errorlog.record_errors
def handler(event, context, longest=20):
    found = [record["s3"]["object"] for record in event["Records"]]
    return json.dumps([one["key"][:longest] for one in found])
