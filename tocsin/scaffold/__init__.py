"""A new project in an empty folder, and the upgrade of one to the installed version."""

from tocsin.scaffold.new_project import ProjectFiles, init
from tocsin.scaffold.upgrade import Upgrade, plan_upgrade

__all__ = ["ProjectFiles", "Upgrade", "init", "plan_upgrade"]
