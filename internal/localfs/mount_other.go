//go:build !linux

package localfs

// MountOf returns the mount that holds path; here, one that is unknown.
func MountOf(string) (Mount, error) { return Mount{FileSystem: UnknownFileSystem}, nil }

// MountsBelow returns the mounts below path; here, none is known.
func MountsBelow(string) ([]Mount, error) { return nil, nil }
