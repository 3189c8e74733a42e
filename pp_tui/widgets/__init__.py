"""Parts that screens are made of, one module a thing: fields, lists, notices, the footer."""
