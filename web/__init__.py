"""Pages and endpoints for people and machines other than chat channels."""
