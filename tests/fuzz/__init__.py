"""Files that someone else wrote, damaged or meant to harm: each ends in one sentence."""
