package localfs

// UnknownFileSystem is the identity of a file system where the system does not tell
// which one it is.
const UnknownFileSystem = "unknown"

// Mount is a file system at the place where it is mounted.
type Mount struct {
	Point string // "" where it is unknown
	// FileSystem names the file system itself, and survives a reboot: "uuid:…" where it
	// has a UUID, else its type and source, like "nfs4:server:/export" or "tmpfs:tmpfs".
	FileSystem string
}
