package localfs

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestMountTables reads testdata/mountinfo: what the kernel lists, which UUIDs the disks
// have, and what is to be known of paths by that.
func TestMountTables(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mountinfo/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d tables: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			testMountTable(t, archive.Files)
		})
	}
}

func testMountTable(t *testing.T, sections []txtar.File) {
	var mounts *mountTable
	known := disks{map[string]string{}, func(string) string { return "" }}
	for _, section := range sections {
		text := string(section.Data)
		name, path, _ := strings.Cut(section.Name, " ")
		var got strings.Builder
		switch name {
		case "mountinfo":
			mounts = mustReadMounts(t, text)
			continue
		case "uuids":
			known.uuids = pairs(text)
			continue
		case "disks":
			numbers := pairs(text)
			known.number = func(path string) string { return numbers[path] }
			continue
		case "of":
			for line := range strings.Lines(text) {
				path, _, _ := strings.Cut(line, " -> ")
				fmt.Fprintf(&got, "%s -> %s\n", path, holdingText(mounts, known, path))
			}
		case "below":
			for _, entry := range mounts.below(path) {
				fmt.Fprintf(&got, "%s %s\n", entry.point, known.fileSystem(entry))
			}
		default:
			t.Fatalf("what is %q?", section.Name)
		}
		if diff := cmp.Diff(text, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", section.Name, diff)
		}
	}
}

func holdingText(mounts *mountTable, known disks, path string) string {
	entry, ok := mounts.holding(path)
	if !ok {
		return "unknown"
	}
	return entry.point + " " + known.fileSystem(entry)
}

func mustReadMounts(t *testing.T, text string) *mountTable {
	t.Helper()
	mounts, err := readMounts(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return mounts
}

func pairs(text string) map[string]string {
	result := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		result[key] = value
	}
	return result
}

// A table that cannot be read is an error: half of one would name the wrong mount.
func TestMountTableThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const line = "27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"
	mustReadMounts(t, line)
	for _, text := range []string{
		"\n", "27", "27 1 8:1 / / rw", "27 1 8:1 / / rw shared:1", "27 1 8:1 / / rw - ext4", "27 1 8:1 / - rw ext4 /dev/sda1 rw",
		strings.Replace(line, "27", "x", 1), strings.Replace(line, " 1 ", " y ", 1), line + "\n28 1",
	} {
		if _, err := readMounts(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a table", text)
		}
	}
	broken := errors.New("broken")
	if _, err := readMounts(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
