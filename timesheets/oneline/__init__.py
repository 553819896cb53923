"""An entry in one line of text, read without a database: see reading.py for the grammar, words.py for its words."""
