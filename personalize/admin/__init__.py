"""The admin: the editors' and operators' screens, one file a concept."""
