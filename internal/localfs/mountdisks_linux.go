package localfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// disks tells which file systems the disks of this machine hold.
type disks struct {
	uuids  map[string]string        // by the disk's "major:minor"
	number func(path string) string // "major:minor" of a disk's file, or ""
}

func currentDisks() disks {
	return disks{readUUIDs("/dev/disk/by-uuid", "/sys/fs/btrfs"), deviceNumber}
}

// readUUIDs asks udev, which names one disk for each UUID, and btrfs, which may have
// several. What cannot be read is not known: containers have neither.
func readUUIDs(byUUID, btrfs string) map[string]string {
	uuids := map[string]string{}
	members, _ := filepath.Glob(filepath.Join(btrfs, "*", "devices", "*", "dev")) // the pattern is a good one
	for _, member := range members {
		if text, err := os.ReadFile(member); err == nil {
			uuids[strings.TrimSpace(string(text))] = filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(member))))
		}
	}
	links, _ := os.ReadDir(byUUID) // as far as it goes
	for _, link := range links {
		if number := deviceNumber(filepath.Join(byUUID, link.Name())); number != "" {
			uuids[number] = link.Name()
		}
	}
	return uuids
}

func deviceNumber(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Type() != os.ModeDevice {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
}

// fileSystem returns the identity of what is mounted. The device number finds the
// UUID; where it is made up for the mount, as btrfs does, the source's own does.
func (d disks) fileSystem(entry mountEntry) string {
	uuid, ok := d.uuids[entry.device]
	if !ok && strings.HasPrefix(entry.source, "/dev/") {
		uuid, ok = d.uuids[d.number(entry.source)]
	}
	if !ok {
		return entry.kind + ":" + entry.source
	}
	return "uuid:" + uuid
}
