"""Speaking first: what young people and their guardians are told without having asked."""
