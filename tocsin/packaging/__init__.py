"""From monitoring.yml and the templates to archives and compiled CloudFormation."""
