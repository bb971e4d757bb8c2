"""The proxy of `--intercept`: Google's real host names, answered by the sandbox.

A client that cannot be pointed elsewhere is given a proxy on loopback and one certificate authority to trust. It
then speaks to `aiplatform.googleapis.com` as ever, and reaches the sandbox; any other host is refused and logged.

`hosts` says what a host name is, `authority` makes certificates, `proxy` listens, `face` answers REST under a host
name, `pipe` passes gRPC on, `told` says afterwards what did not go through.
Nothing here is imported unless it was asked for.
"""
