"""The AWS account: who calls, what is deployed in it, and the policies of those who operate it."""
