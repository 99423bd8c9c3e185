"""Which groups a profile belongs to: takes profiles, hands memberships and transitions on."""
