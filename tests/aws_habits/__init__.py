"""AWS's habits that the local stage has not: limits of calls, failures now and then, lateness."""
