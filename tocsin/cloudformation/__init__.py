"""What a compiled CloudFormation template says, read once for all who ask."""
