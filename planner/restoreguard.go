package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
)

// openDestinations opens the folders that a restore goes to, where they are, or refuses
// what must not be written to.
func openDestinations(spec RestoreSpec) (destinations, []Refusal) {
	trees := make(destinations, len(spec.Roots))
	var refusals []Refusal
	for i, root := range spec.Roots {
		if refusal := spec.mayWrite(root.Path); refusal != nil {
			refusals = append(refusals, *refusal)
			continue
		}
		tree, err := localfs.OpenTree(root.Path)
		if err == nil {
			trees[i].tree = tree
			trees[i].info, err = tree.Lstat("")
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: "cannot be opened: " + plainCause(err)})
		}
		if _, there := os.Lstat(root.Path); errors.Is(err, fs.ErrNotExist) && there == nil {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: "is a symbolic link to what is not there"})
		}
	}
	return trees, refusals
}

// mayWrite refuses a folder that has, or lies in, what is not to be written to.
func (spec RestoreSpec) mayWrite(path string) *Refusal {
	to := realPath(path)
	for _, own := range spec.Own {
		if lies(to, realPath(own)) {
			return &Refusal{Root: path, Reason: "lies in a folder of jottarun's own"}
		}
	}
	if spec.Mounted && !(openRoot{real: to}).mounted() {
		return &Refusal{Root: path, Reason: "has nothing mounted at it, which the job requires"}
	}
	if spec.InPlace {
		return nil
	}
	for _, source := range spec.Sources {
		from := realPath(source.Path)
		switch {
		case to == from:
			return &Refusal{Root: path, Reason: "is a root of the job itself", Acceptable: true}
		case lies(to, from):
			return &Refusal{Root: path, Reason: fmt.Sprintf("lies in %q, a root of the job itself", source.Path), Acceptable: true}
		case lies(from, to):
			return &Refusal{Root: path, Reason: fmt.Sprintf("holds %q, a root of the job itself", source.Path), Acceptable: true}
		}
	}
	return nil
}

// lies reports whether a path is a folder or below it; both are without links.
func lies(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// realPath resolves the links of a path, as far as it exists.
func realPath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if above := filepath.Dir(path); above != path {
		return filepath.Join(realPath(above), filepath.Base(path))
	}
	return path
}

// checkSpace refuses what the disks have no room for. Roots on one disk share it.
func checkSpace(spec RestoreSpec, needs []int64) []Refusal {
	free := spec.FreeSpace
	if free == nil {
		free = localfs.FreeSpace
	}
	var disks []uint64
	total, first := map[uint64]int64{}, map[uint64]Root{}
	for i, root := range spec.Roots {
		disk := diskOf(existing(root.Path))
		if _, known := first[disk]; !known {
			disks, first[disk] = append(disks, disk), root
		}
		total[disk] = addUp(total[disk], needs[i])
	}
	var refusals []Refusal
	for _, disk := range disks {
		path := first[disk].Path
		if has, err := free(existing(path)); err == nil && total[disk] > has {
			reason := fmt.Sprintf("needs %d bytes more, and its disk has %d", total[disk], has)
			refusals = append(refusals, Refusal{Root: path, Reason: reason})
		}
	}
	return refusals
}

// diskOf tells the disks of folders apart, as far as the system does.
func diskOf(path string) uint64 {
	tree, err := localfs.OpenTree(path)
	if err != nil {
		return 0
	}
	defer tree.Close()
	info, err := tree.Lstat("")
	if err != nil {
		return 0
	}
	return info.Device
}

// existing returns the path, or what of it is there.
func existing(path string) string {
	for path = realPath(path); ; path = filepath.Dir(path) {
		if _, err := os.Lstat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
	}
}
