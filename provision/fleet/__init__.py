"""Many projects at once: read in bulk, confirmed one by one where that decides, within Google's quotas."""
