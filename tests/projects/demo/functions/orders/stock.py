"""Stock of the warehouse, reserved line by line."""

from dataclasses import dataclass


class OutOfStock(Exception):
    """Fewer pieces are left than the order asks for."""

    def __init__(self, sku: str, wanted: int) -> None:
        super().__init__(f"{wanted} x {sku} wanted, none left")
        self.sku = sku
        self.wanted = wanted


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int


def reserve(lines: list[Line], *, sold_out: bool) -> int:
    """Reserve all ``lines`` or none; the number of pieces reserved."""
    if sold_out and lines:
        raise OutOfStock(lines[0].sku, lines[0].quantity)
    return sum(line.quantity for line in lines)
