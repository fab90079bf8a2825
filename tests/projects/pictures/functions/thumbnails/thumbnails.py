from bucket_events import BucketHandler


class Thumbnails(BucketHandler):
    def one(self, bucket, key):
        stem, dot, ending = key.rpartition(".")
        return f"{bucket}/{stem}.small{dot}{ending}"


handler = Thumbnails()
