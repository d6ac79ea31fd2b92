package localfs

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// mountEntry is a line of /proc/self/mountinfo; see proc_pid_mountinfo(5).
type mountEntry struct {
	id, parent int
	device     string // "major:minor"; another one after each reboot
	point      string
	kind       string // of file system: "ext4"
	source     string
}

// mountTable is the tree of mounts that a process sees. Points alone do not tell
// which of them hold a path: what is mounted over a folder hides the mounts in it.
type mountTable struct {
	entries []mountEntry
	onto    map[mountPlace]*mountEntry // what is mounted there; the last one wins
}

// mountPlace is a path on one mount.
type mountPlace struct {
	parent int
	point  string
}

// outside is the parent of mounts whose own parent the process cannot see.
const outside = -1

// readMounts reads the format of /proc/self/mountinfo.
func readMounts(r io.Reader) (*mountTable, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	table := &mountTable{onto: map[mountPlace]*mountEntry{}}
	listed := map[int]bool{}
	for line := range strings.Lines(string(text)) {
		entry, err := parseMount(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, err
		}
		// A table that changes while it is read may list a mount twice.
		if !listed[entry.id] && !strings.HasSuffix(entry.point, unlinked) {
			table.entries = append(table.entries, entry)
		}
		listed[entry.id] = true
	}
	for i := range table.entries {
		entry := &table.entries[i]
		if !listed[entry.parent] || entry.parent == entry.id {
			entry.parent = outside
		}
		table.onto[mountPlace{entry.parent, entry.point}] = entry
	}
	return table, nil
}

// unlinked ends the point of a mount whose folder was removed under it: no path leads
// there.
const unlinked = "//deleted"

func parseMount(line string) (mountEntry, error) {
	// 36 35 98:0 /root /point rw,noatime master:1 … - ext3 /dev/root rw,errors=continue
	const firstOptional = 6
	fields := strings.Split(line, " ")
	end := slices.Index(fields[min(firstOptional, len(fields)):], "-") + firstOptional
	if end < firstOptional || len(fields) < end+3 {
		return mountEntry{}, fmt.Errorf("read a mount: %q is cut short", line)
	}
	id, err := strconv.Atoi(fields[0])
	if err != nil {
		return mountEntry{}, fmt.Errorf("read a mount's number: %w", err)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return mountEntry{}, fmt.Errorf("read the number of a mount's parent: %w", err)
	}
	return mountEntry{
		id: id, parent: parent, device: fields[2], point: unescapeMount(fields[4]),
		kind: fields[end+1], source: unescapeMount(fields[end+2]),
	}, nil
}

// unescapeMount puts back the bytes that the kernel writes as a backslash and three
// octal digits: what would end a field or a line.
func unescapeMount(field string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(field, `\`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if code, err := strconv.ParseUint(after[:min(3, len(after))], 8, 8); err == nil && len(after) >= 3 {
			b.WriteByte(byte(code))
			after = after[3:]
		} else {
			b.WriteByte('\\')
		}
		field = after
	}
}

// holding walks down to path as the kernel does: wherever something is mounted on the
// mount that it has come to, it goes on there.
func (t *mountTable) holding(path string) (mountEntry, bool) {
	current := t.topmost(mountEntry{id: outside}, "/")
	for i := 1; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			current = t.topmost(current, path[:i])
		}
	}
	return current, current.id != outside
}

// topmost returns the last of what is mounted at a point over one another, or current
// where nothing is.
func (t *mountTable) topmost(current mountEntry, point string) mountEntry {
	for {
		next, ok := t.onto[mountPlace{current.id, point}]
		if !ok {
			return current
		}
		current = *next
	}
}

// below returns the mounts strictly below path that no other hides.
func (t *mountTable) below(path string) []mountEntry {
	var below []mountEntry
	inside := strings.TrimSuffix(path, "/") + "/"
	for _, entry := range t.entries {
		if !strings.HasPrefix(entry.point, inside) || entry.point == path || isPseudo(entry.kind) {
			continue
		}
		if seen, ok := t.holding(entry.point); ok && seen.id == entry.id {
			below = append(below, entry)
		}
	}
	slices.SortFunc(below, func(a, b mountEntry) int { return strings.Compare(a.point, b.point) })
	return below
}

// isPseudo reports whether a kind of file system shows the kernel's own things. It does not
// name autofs: a mount that is there only while it is used stays listed as that.
func isPseudo(kind string) bool {
	switch kind {
	case "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "cpuset", "securityfs", "debugfs", "tracefs",
		"configfs", "pstore", "efivarfs", "bpf", "mqueue", "hugetlbfs", "fusectl", "binfmt_misc", "nsfs", "nfsd",
		"rpc_pipefs", "selinuxfs", "smackfs", "resctrl", "fuse.gvfsd-fuse", "fuse.portal":
		return true
	}
	return false
}
