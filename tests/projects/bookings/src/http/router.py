"""Routes by method and path, as small web frameworks have them."""

import json


class NotFound(Exception):
    pass


class Router:
    def __init__(self):
        self._routes = {}

    def route(self, key):
        def register(function):
            self._routes[key] = function
            return function

        return register

    def __call__(self, event, context):
        try:
            function = self._routes[event["routeKey"]]
            return self.answer(200, function(**event["pathParameters"]))
        except NotFound as error:
            return self.answer(404, str(error))

    @staticmethod
    def answer(status, body):
        return {"statusCode": status, "body": json.dumps(body)}
