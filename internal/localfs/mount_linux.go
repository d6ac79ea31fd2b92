package localfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// MountOf returns the mount that holds path, which is absolute and leads through no
// link. An automount counts once it was triggered: open the folder first. Where the
// system does not tell, as in some chroots, that is an error.
func MountOf(path string) (Mount, error) {
	mounts, err := currentMounts(path)
	if err != nil {
		return Mount{}, fmt.Errorf("find the mount of %q: %w", path, err)
	}
	entry, ok := mounts.holding(path)
	if !ok {
		return Mount{}, fmt.Errorf("find the mount of %q: the system lists none that holds it", path)
	}
	return Mount{entry.point, currentDisks().fileSystem(entry)}, nil
}

// MountsBelow returns the mounts strictly below path that can be reached there, by
// the byte order of their points. Those that hold no files of anybody's, like proc,
// are left out.
func MountsBelow(path string) ([]Mount, error) {
	mounts, err := currentMounts(path)
	if err != nil {
		return nil, fmt.Errorf("find the mounts below %q: %w", path, err)
	}
	disks := currentDisks()
	var below []Mount
	for _, entry := range mounts.below(path) {
		below = append(below, Mount{entry.point, disks.fileSystem(entry)})
	}
	return below, nil
}

func currentMounts(path string) (*mountTable, error) {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		return nil, errors.New("the path is not absolute and clean")
	}
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readMounts(file)
}
