import json
from dataclasses import dataclass


@dataclass
class Parcel:
    address: str
    grams: int

    @classmethod
    def read(cls, body):
        return cls(**json.loads(body))

    def label(self):
        return f"{self.address} ({self.grams / 1000:.1f} kg)"
