"""Which topics and roles of a compiled template the product makes.

The others are the project's, from its own files in resources/: named and encrypted as it likes, as
far as no alarm needs them.
"""

from tocsin.check.paging_rules import ALERTS, PAGES
from tocsin.config import Stage
from tocsin.stacks import stacks_of
from tocsin.stacks.people import people_topics
from tocsin.stacks.roles import roles_of

_ROLES = frozenset({"BugsRole", "CollectorRole", "DrillRole", "NotifierRole"})


def own_topics(stage: Stage) -> frozenset[str]:
    """Logical ids of the topics by which alarms are told, and people."""
    return frozenset({ALERTS, PAGES, *people_topics(stage).values()})


def own_roles(stage: Stage) -> frozenset[str]:
    """Logical ids of the execution roles of the stage's functions, and of the product's."""
    made = (role.logical_id for stack in stacks_of(stage) for role in roles_of(stack))
    return _ROLES.union(made)
