from shared import sums

import errorlog


@errorlog.record_errors
def entry(event, context):
    return {"sum": sums.total(event["numbers"])}
