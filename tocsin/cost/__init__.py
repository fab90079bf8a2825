"""What the observability of a stage costs a month, from its compiled templates."""

from tocsin.cost.estimate import Estimate, Line, Usage, estimate
from tocsin.cost.view import print_estimate

__all__ = ["Estimate", "Line", "Usage", "estimate", "print_estimate"]
