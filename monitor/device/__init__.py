"""Device readers: the device's own state. One file a subject; `registry` lists them."""
