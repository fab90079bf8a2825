from errorlog import record_item_errors

from .parcels import Parcel


class Batch:
    def __init__(self, records):
        self._records = records

    def done(self):
        failed = []
        for record in self._records:
            try:
                self._label(record)
            except Exception:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    @staticmethod
    @record_item_errors
    def _label(record):
        return Parcel.read(record["body"]).label()
