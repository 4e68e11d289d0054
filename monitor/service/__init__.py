"""The program in the background: installed with the system's own service manager, for one user."""
