from src import stock

import errorlog


@errorlog.record_errors
def lambda_handler(event, context):
    return stock.taken(event)
