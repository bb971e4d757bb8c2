"""One thin file per Google API, and what all of them share: credentials, transport, retries, errors."""
