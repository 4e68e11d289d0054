"""The user's language: gettext catalogues and the translator that every text goes through."""
