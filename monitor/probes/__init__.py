"""Probes: measure the network, one file a kind; `registry` lists them."""
