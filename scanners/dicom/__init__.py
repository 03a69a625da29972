"""DICOM: whether a service begins an association with a caller that nobody registered, and which software it is."""
