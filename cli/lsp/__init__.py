"""`leadscore lsp`: the language server, which tells an editor what the compiler knows of the rule files being typed."""
