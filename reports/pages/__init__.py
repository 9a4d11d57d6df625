"""One file a page: what stands on it, in which order, and what its captions say."""
