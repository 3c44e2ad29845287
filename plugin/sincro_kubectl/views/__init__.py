"""What is shown: pure functions from resources and the time to lines of text and JSON-ready documents."""
