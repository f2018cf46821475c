"""Parts of the two text machines: pieces and their maps, languages, boundaries, markup and tokens."""
