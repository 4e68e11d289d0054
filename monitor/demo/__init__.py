"""A synthetic month that tells a believable story, for `walletwatch demo`."""
