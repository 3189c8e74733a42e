"""The commands, one module a context; `pp_cli.app` names them and imports them when they are chosen."""
