"""The HTTP endpoints; each calls one function of a stage."""
