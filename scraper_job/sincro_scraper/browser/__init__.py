"""The browser: started, spoken to in the profile's words, checked for its locale, and closed again."""
