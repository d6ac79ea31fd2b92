package model

// What is known to be wrong, and has yet to be mended: sequences keep clear of it, so
// that they find what is not known. To see it again, set it to false.

// excludedTwinIsGone: of two folders whose names are one to the service, one excluded
// and one not, what the cloud has of the excluded one is planned as gone from here, to be
// pruned (which a run then does not do, as it looks again) or moved (which it does).
const excludedTwinIsGone = true
