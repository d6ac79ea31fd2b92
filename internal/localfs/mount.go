package localfs

// Mount is a file system at the place where it is mounted.
type Mount struct {
	Point string
	// FileSystem names the file system itself, and survives a reboot: "uuid:…" where it
	// has a UUID, else its type and source, like "nfs4:server:/export" or "tmpfs:tmpfs".
	FileSystem string
}
