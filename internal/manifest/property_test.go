package manifest

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/jottarun/jottarun/internal/localfs"
)

// What is written is read, whatever bytes names, targets and attributes are made of.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := drawFolder(t, "", 0)
		var data bytes.Buffer
		w, err := NewWriter(&data, testHeaderValue)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := w.Add(e); err != nil {
				t.Fatalf("%q: %v", e.Path, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		header, got, err := read(data.Bytes())
		if diff := cmp.Diff(entries, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if diff := cmp.Diff(testHeaderValue, header); diff != "" {
			t.Error(diff)
		}
	})
}

var testHeaderValue = Header{Job: "j", Roots: []Root{{"/a", "a"}, {"/\xff", "b"}}}

// drawFolder draws what is in a folder, in the order of the format.
func drawFolder(t *rapid.T, path string, depth int) (entries []Entry) {
	names := rapid.SliceOfNDistinct(rapid.Custom(drawName), 0, 4, rapid.ID[string]).Draw(t, "names")
	slices.Sort(names)
	folders := rapid.IntRange(0, len(names)).Draw(t, "folders")
	if depth > 3 {
		folders = 0
	}
	below := func(name string) string { return strings.TrimPrefix(path+"/"+name, "/") }
	for _, name := range names[folders:] {
		kind := rapid.SampledFrom([]Kind{File, Symlink, Fifo, Socket, CharDevice, BlockDevice}).Draw(t, "kind")
		entries = append(entries, drawEntry(t, below(name), kind))
	}
	for _, name := range names[:folders] {
		entries = append(entries, drawEntry(t, below(name), Folder))
		entries = append(entries, drawFolder(t, below(name), depth+1)...)
	}
	return entries
}

func drawName(t *rapid.T) string {
	name := string(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "name"))
	name = strings.NewReplacer("/", "a", "\x00", "b").Replace(name)
	if name == "." || name == ".." {
		return "dots"
	}
	return name
}

func drawEntry(t *rapid.T, path string, kind Kind) Entry {
	id := func() ID {
		return ID{rapid.Uint32Range(0, math.MaxUint32-1).Draw(t, "id"), rapid.StringN(0, 20, 200).Draw(t, "name")}
	}
	e := Entry{
		Root: rapid.IntRange(0, 1).Draw(t, "root"), Path: path, Kind: kind, Owner: id(), Group: id(),
		Modified: time.Unix(rapid.Int64Range(-1<<35, 1<<35).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds")).UTC(),
	}
	if cloud := stored(path); cloud != path {
		e.Cloud = cloud
	}
	switch {
	case kind == Symlink:
		e.Target = drawName(t)
	case kind == File:
		e.Size = rapid.Int64Range(100, math.MaxInt64).Draw(t, "size")
		e.Holes = []localfs.Hole{{Offset: 0, Length: 10}, {Offset: 20, Length: e.Size - 20}}
	case kind.isDevice():
		e.Major, e.Minor = rapid.Uint32().Draw(t, "major"), rapid.Uint32().Draw(t, "minor")
	}
	if kind != Symlink {
		e.Mode = rapid.Uint32Range(0, 0o7777).Draw(t, "mode")
	}
	if kind != Folder {
		e.HardLink = rapid.IntRange(0, 5).Draw(t, "hard link")
	}
	names := rapid.SliceOfNDistinct(rapid.Custom(drawName), 0, 3, rapid.ID[string]).Draw(t, "attributes")
	slices.Sort(names)
	for _, name := range names {
		e.Xattrs = append(e.Xattrs, localfs.Xattr{Name: name, Value: rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "value")})
	}
	return e
}

// FuzzReader feeds the reader with lines, compressed, and with raw bytes. What it
// takes must be below the target and come out the same when it is written again.
func FuzzReader(f *testing.F) {
	header, entries := example()
	var data bytes.Buffer
	w, err := NewWriter(&data, header)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Add(e); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(data.Bytes(), false)
	f.Add([]byte(decompress(f, data.Bytes())), true)
	f.Add([]byte(testHeader+`{"path":"a","cloud":"．．","root":0,"kind":"file","mode":"0","mtime":[0,0]}`), true)
	f.Add([]byte(testHeader+`{"path":"a/b","root":0,"kind":"symlink","mtime":[0,0],"target":"/"}`), true)
	f.Fuzz(func(t *testing.T, data []byte, lines bool) {
		if lines {
			data = compress(t, string(data))
		}
		header, entries, err := read(data)
		for _, e := range entries {
			if at := "/" + e.at() + "/"; strings.Contains(at, "/../") || strings.Contains(at, "/./") || strings.Contains(at, "\x00") {
				t.Errorf("%q leads out", at)
			}
		}
		if err != nil {
			return
		}
		_, again, err := read(write(t, header, entries))
		if diff := cmp.Diff(entries, again, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
