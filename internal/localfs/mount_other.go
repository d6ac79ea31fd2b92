//go:build !linux

package localfs

import (
	"errors"
	"fmt"
)

// MountOf returns an error that is errors.ErrUnsupported: here the mount that holds a
// path is unknown.
func MountOf(path string) (Mount, error) {
	return Mount{}, fmt.Errorf("find the mount of %q: unknown on this system: %w", path, errors.ErrUnsupported)
}

// MountsBelow returns an error that is errors.ErrUnsupported: here the mounts below a
// path are unknown.
func MountsBelow(path string) ([]Mount, error) {
	return nil, fmt.Errorf("find the mounts below %q: unknown on this system: %w", path, errors.ErrUnsupported)
}
