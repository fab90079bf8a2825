import errorlog


@errorlog.record_errors
def run(event, context):
    return event["time"]
