package jotta

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// dump renders a listing as lines "path size", depth first.
func dump(f Folder) []string {
	var lines []string
	for i := range f.NumFiles() {
		file := f.File(i)
		lines = append(lines, fmt.Sprintf("%s %d", joinPath(f.Path(), file.Name), file.Size))
	}
	for i := range f.NumFolders() {
		lines = append(lines, f.Folder(i).Path()+"/")
		lines = append(lines, dump(f.Folder(i))...)
	}
	return lines
}

func TestListingOrderAndShape(t *testing.T) {
	t.Parallel()
	b := NewListingBuilder()
	modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sum := MD5{1, 2, 3}
	b.AddFile("b/c", "z", RemoteFile{Size: 1})
	b.AddFile("", "top", RemoteFile{Size: 2, MD5: sum, Modified: modified})
	b.AddFolder("empty")
	b.AddFile("b", "y", RemoteFile{Size: 3})
	b.AddFile("b/c", "a：b", RemoteFile{Size: 4})
	b.AddFile("a", "x", RemoteFile{Size: 5})
	l, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"top 2", "a/", "a/x 5", "b/", "b/y 3", "b/c/", "b/c/a:b 4", "b/c/z 1", "empty/"}
	if diff := cmp.Diff(want, dump(l.Root())); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	if l.Files() != 5 || l.Folders() != 4 {
		t.Errorf("got %d files, %d folders, want 5 and 4", l.Files(), l.Folders())
	}
	if got := l.Root().File(0); !cmp.Equal(got, RemoteFile{"top", 2, sum, modified}) {
		t.Errorf("got %+v", got)
	}
}

// What no local name can stand for is set apart, with all below it, and the rest stands.
func TestListingSetsOddNamesApart(t *testing.T) {
	t.Parallel()
	b := NewListingBuilder()
	b.AddFile("", "good", RemoteFile{Size: 1})
	b.AddFile("", "a／b", RemoteFile{})
	b.AddFile("", "．．", RemoteFile{})
	b.AddFile("x/．．/y", "passwd", RemoteFile{})
	b.AddFile("..", "passwd", RemoteFile{})
	b.AddFile("", "", RemoteFile{})
	b.AddFile("", "100%", RemoteFile{Size: 2})
	b.AddFile("", "100％", RemoteFile{Size: 3})
	b.AddFile("", "50%", RemoteFile{Size: 4})
	l, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"100% 3", "50% 4", "good 1", "x/"}, dump(l.Root())); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	var odd []string
	for _, o := range l.Odd() {
		odd = append(odd, o.Path)
	}
	if diff := cmp.Diff([]string{"a／b", "．．", "x/．．", "..", "", "100%"}, odd); diff != "" {
		t.Errorf("odd names (-want +got):\n%s", diff)
	}
}

func TestZeroFolderIsEmpty(t *testing.T) {
	t.Parallel()
	var f Folder
	if f.Exists() || f.NumFiles() != 0 || f.NumFolders() != 0 || f.Path() != "" || f.Name() != "" {
		t.Errorf("the zero folder is not empty")
	}
}

func TestFileRecordSize(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(fileRecord{}); size > 48 {
		t.Errorf("a file takes %d bytes beside its name, want at most 48", size)
	}
}
