"""The product's own Lambda: what the functions' logs say of failures becomes records."""
