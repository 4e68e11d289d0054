"""The doctor: can walletwatch work here, what keeps it from that, and what leaves the machine.

`examine` carries out every check of the registry at the same time, each within its own time;
`grade` makes a letter of what they found; `leaving` lists all that goes out, from the very targets
that the daemon builds.
"""
