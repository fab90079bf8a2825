"""What runs on a developer's machine or in CI; an archive of the product's may take parts along."""
