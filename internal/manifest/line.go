package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jottarun/jottarun/internal/localfs"
)

// formatName and formatVersion begin every manifest. The version changes when a reader
// of the older one would take a newer manifest for something that it is not; keys are
// added without that.
const (
	formatName    = "jottarun-manifest"
	formatVersion = 1
)

type headerLine struct {
	Format  string     `json:"format"`
	Version int        `json:"version"`
	Job     string     `json:"job"`
	Roots   []rootLine `json:"roots"`
}

type rootLine struct {
	text
	As string `json:"as,omitempty"`
}

// endLine is the last one. What ends without it is torn.
type endLine struct {
	End     bool `json:"end"`
	Entries int  `json:"entries"`
}

// text is bytes that need not be UTF-8. Those that are not stand twice: readable, with
// U+FFFD for what cannot be shown, and in base64 with every byte.
type text struct {
	Path   string `json:"path"`
	Base64 []byte `json:"path_base64,omitempty"`
}

func newText(s string) text {
	if utf8.ValidString(s) {
		return text{Path: s}
	}
	return text{strings.ToValidUTF8(s, "\uFFFD"), []byte(s)}
}

func (t text) bytes() string {
	if t.Base64 != nil {
		return string(t.Base64)
	}
	return t.Path
}

type entryLine struct {
	text
	Cloud        string      `json:"cloud,omitempty"`
	Root         int         `json:"root"`
	Kind         Kind        `json:"kind"`
	Mode         string      `json:"mode,omitempty"` // octal; a symbolic link has none
	UID          uint32      `json:"uid"`
	Owner        string      `json:"owner,omitempty"`
	GID          uint32      `json:"gid"`
	Group        string      `json:"group,omitempty"`
	Modified     [2]int64    `json:"mtime"` // seconds and nanoseconds
	Size         *int64      `json:"size,omitempty"`
	Target       string      `json:"target,omitempty"`
	TargetBase64 []byte      `json:"target_base64,omitempty"`
	HardLink     int         `json:"hard_link,omitempty"`
	Device       *[2]uint32  `json:"device,omitempty"` // major and minor
	Xattrs       []xattrLine `json:"xattrs,omitempty"`
	Holes        [][2]int64  `json:"holes,omitempty"` // offset and length
}

type xattrLine struct {
	Name       string `json:"name"`
	NameBase64 []byte `json:"name_base64,omitempty"`
	Value      []byte `json:"value"` // base64
}

// appendLine appends a value as a line, each time the same.
func appendLine(to *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func newHeaderLine(h Header) headerLine {
	line := headerLine{Format: formatName, Version: formatVersion, Job: h.Job, Roots: []rootLine{}}
	for _, root := range h.Roots {
		line.Roots = append(line.Roots, rootLine{newText(root.Path), root.As})
	}
	return line
}

func (l headerLine) header() (Header, error) {
	switch {
	case l.Format != formatName:
		return Header{}, fmt.Errorf("it is no manifest of jottarun's (format %.40q)", l.Format)
	case l.Version != formatVersion:
		return Header{}, fmt.Errorf("its version is %d; this program knows version %d", l.Version, formatVersion)
	case len(l.Roots) == 0 || len(l.Roots) > maxRoots:
		return Header{}, fmt.Errorf("it names %d roots", len(l.Roots))
	}
	header := Header{Job: l.Job}
	for _, root := range l.Roots {
		header.Roots = append(header.Roots, Root{root.bytes(), root.As})
	}
	return header, nil
}

func newEntryLine(e Entry) entryLine {
	line := entryLine{
		text: newText(e.Path), Cloud: e.Cloud, Root: e.Root, Kind: e.Kind, HardLink: e.HardLink,
		UID: e.Owner.Number, Owner: e.Owner.Name, GID: e.Group.Number, Group: e.Group.Name,
		Modified: [2]int64{e.Modified.Unix(), int64(e.Modified.Nanosecond())},
	}
	if e.Kind != Symlink {
		line.Mode = fmt.Sprintf("%04o", e.Mode)
	}
	switch target := newText(e.Target); {
	case e.Kind == File:
		line.Size = &e.Size
	case e.Kind == Symlink:
		line.Target, line.TargetBase64 = target.Path, target.Base64
	case e.Kind.isDevice():
		line.Device = &[2]uint32{e.Major, e.Minor}
	}
	for _, x := range e.Xattrs {
		name := newText(x.Name)
		line.Xattrs = append(line.Xattrs, xattrLine{name.Path, name.Base64, append([]byte{}, x.Value...)})
	}
	for _, hole := range e.Holes {
		line.Holes = append(line.Holes, [2]int64{hole.Offset, hole.Length})
	}
	return line
}

// entry is what the line describes. What it describes is not checked yet.
func (l entryLine) entry() (Entry, error) {
	e := Entry{
		Root: l.Root, Path: l.bytes(), Cloud: l.Cloud, Kind: l.Kind, HardLink: l.HardLink,
		Owner: ID{l.UID, l.Owner}, Group: ID{l.GID, l.Group},
		Modified: time.Unix(l.Modified[0], l.Modified[1]).UTC(),
		Target:   text{l.Target, l.TargetBase64}.bytes(),
	}
	if l.Modified[1] < 0 || l.Modified[1] >= int64(time.Second) {
		return e, fmt.Errorf("a time of %d nanoseconds", l.Modified[1])
	}
	if e.Kind != Symlink {
		mode, err := strconv.ParseUint(l.Mode, 8, 32)
		if err != nil {
			return e, fmt.Errorf("mode %.20q is no octal number", l.Mode)
		}
		e.Mode = uint32(mode)
	}
	if l.Size != nil {
		e.Size = *l.Size
	}
	if l.Device != nil {
		e.Major, e.Minor = l.Device[0], l.Device[1]
	}
	for _, x := range l.Xattrs {
		e.Xattrs = append(e.Xattrs, localfs.Xattr{Name: text{x.Name, x.NameBase64}.bytes(), Value: x.Value})
	}
	for _, hole := range l.Holes {
		e.Holes = append(e.Holes, localfs.Hole{Offset: hole[0], Length: hole[1]})
	}
	return e, nil
}
