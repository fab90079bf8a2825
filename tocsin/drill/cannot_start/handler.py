"""The code of the drill's own function: its import fails, as that of a package left behind does."""

import a_package_that_is_not_there  # type: ignore[import-not-found]

handler = a_package_that_is_not_there.handler
