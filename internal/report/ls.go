package report

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// EntryKind says what an entry of the cloud is.
type EntryKind string

// The kinds of entries.
const (
	DeviceEntry    EntryKind = "device"
	BackupdirEntry EntryKind = "backupdir"
	FolderEntry    EntryKind = "folder"
	FileEntry      EntryKind = "file"
)

// Entry is something in the cloud, as a line of ls.
type Entry struct {
	Kind     EntryKind
	Path     string // below what is listed
	Size     int64  // -1: not known
	MD5      jotta.MD5
	Modified time.Time
}

// Contents are what ls shows of one place in the cloud.
type Contents struct {
	Path    string // of what is listed
	Trashed bool   // the entries are those in the trash
	Entries iter.Seq[Entry]
	Odd     []jotta.OddName
}

// Ls writes a line an entry, with size, time and MD5 if it is to be long, and the totals.
func Ls(w io.Writer, c Contents, long bool) error {
	out := bufio.NewWriter(w)
	var totals lsTotals
	for e := range c.Entries {
		totals.add(e)
		if long {
			fmt.Fprintf(out, "%9s  %-19s  %-32s  ", size(e.Size), knownMoment(e.Modified), dashed(e.MD5.String()))
		}
		fmt.Fprintln(out, e.text())
	}
	for _, odd := range c.Odd {
		fmt.Fprintf(out, "! %s  %s\n", Quote(odd.Path), plain(odd.Reason))
	}
	fmt.Fprintln(out, totals.text(c.Trashed))
	return out.Flush()
}

// text is the entry's name, with a slash after what holds others.
func (e Entry) text() string {
	if e.Kind == FileEntry {
		return name(planner.RelPath(e.Path))
	}
	return name(planner.RelPath(e.Path)) + "/"
}

func knownMoment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return moment(t)
}

func dashed(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// lsTotals count entries by kind, and the sizes of what is not in another entry.
type lsTotals struct {
	devices, backupdirs, folders, files int
	bytes                               int64
}

func (t *lsTotals) add(e Entry) {
	switch e.Kind {
	case DeviceEntry:
		t.devices++
	case BackupdirEntry:
		t.backupdirs++
	case FolderEntry:
		t.folders++
	case FileEntry:
		t.files++
	}
	t.bytes += max(0, e.Size)
}

func (t *lsTotals) text(trashed bool) string {
	var parts []string
	for _, each := range []struct {
		count int
		noun  string
	}{{t.devices, "device"}, {t.backupdirs, "backupdir"}, {t.files, "file"}, {t.folders, "folder"}} {
		if each.count > 0 && each.noun == "folder" {
			parts = append(parts, plural(each.count, each.noun))
		} else if each.count > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", plural(each.count, each.noun), size(t.bytes)))
		}
	}
	text := strings.Join(parts, ", ")
	if text == "" {
		text = "nothing"
	}
	if trashed {
		text += " in the trash"
	}
	return text
}
