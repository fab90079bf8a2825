"""What the observability of a stage costs a month, from its compiled templates."""

from tocsin.cost.estimate import CostLine, Estimate, Usage, estimate
from tocsin.cost.view import print_estimate

__all__ = ["CostLine", "Estimate", "Usage", "estimate", "print_estimate"]
