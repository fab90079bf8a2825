"""The bill on a terminal: the lines, the sum, and what would lower the three biggest."""

from tocsin import terminal
from tocsin.cost.estimate import CostLine, Estimate


def print_estimate(found: Estimate) -> None:
    """The dearest lines first; below them what they stand on."""
    terminal.table(
        [
            terminal.Column("what"),
            terminal.Column("quantity", right=True),
            terminal.Column("unit"),
            terminal.Column("USD a month", right=True),
        ],
        [_row(line) for line in sorted(found.lines, key=lambda line: -line.usd)],
    )
    terminal.data(f"{found.stack}: {found.usd:.2f} USD a month")
    for item in found.biggest:
        if item.lever and item.saving >= 0.005:
            terminal.data(f"{item.what}: {item.lever} saves {item.saving:.2f}")
    for kind, count in found.unpriced.items():
        terminal.data(f"not priced: {count} x {kind}")
    terminal.note(
        f"prices of {found.prices.region}, {found.prices.date:%Y-%m-%d}, without free tier; "
        "without the functions' own compute and the metrics their code emits"
    )
    if found.region != found.prices.region:
        terminal.note(f"the stage is in {found.region}, whose prices differ somewhat")


def _row(cost_line: CostLine) -> tuple[str, ...]:
    quantity = (
        f"{cost_line.quantity:,.2f}" if cost_line.quantity < 100 else f"{cost_line.quantity:,.0f}"
    )
    return cost_line.what, quantity.removesuffix(".00"), cost_line.unit, f"{cost_line.usd:.2f}"
