"""From pages to proven rows: extraction, paging, typing, the proof that everything was read. One module a rule."""
