"""The editions of the book: which names each exports, and what they are here."""
