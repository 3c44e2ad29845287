"""The REST API: routes that check identity and rights, ask the pure modules, and answer. No rule stands here."""
