"""Fault injection on the real process: `make torture` has each fault for its whole length.

`bed` is the daemon with its bank, its bus and its vital signs; `faults` holds a fault each;
`trial` runs one and judges it; `kills` and `crowd` are the two that are no fault for a while.
"""
