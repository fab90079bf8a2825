"""What handlers of buckets' events have in common."""

import abc
import urllib.parse

import errorlog


class BucketHandler(abc.ABC):
    @errorlog.record_errors
    def __call__(self, event, context):
        return [self.one(bucket, key) for bucket, key in self.objects(event)]

    @staticmethod
    def objects(event):
        for record in event["Records"]:
            found = record["s3"]
            yield found["bucket"]["name"], urllib.parse.unquote_plus(found["object"]["key"])

    @abc.abstractmethod
    def one(self, bucket, key): ...
