"""Google Cloud on this machine, refusing the way Google refuses."""
