"""One file a cause: its evidence, its words, its fixes."""
