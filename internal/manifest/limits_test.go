package manifest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/jottarun/jottarun/internal/localfs"
)

const testHeader = `{"format":"jottarun-manifest","version":1,"job":"j","roots":[{"path":"/r"}]}` + "\n"

// endless is a reader of one byte, for ever.
type endless byte

func (b endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// Lines without end cost no more than the longest that may be. Not parallel: memory is
// counted for the whole process.
func TestEndlessLine(t *testing.T) {
	for name, before := range map[string]string{"header": "", "entry": testHeader + `{"path":"`} {
		var data bytes.Buffer
		encoder, err := zstd.NewWriter(&data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(encoder, io.MultiReader(strings.NewReader(before), io.LimitReader(endless('a'), 256<<20))); err != nil {
			t.Fatal(err)
		}
		if err := encoder.Close(); err != nil {
			t.Fatal(err)
		}
		var start, end runtime.MemStats
		runtime.ReadMemStats(&start)
		_, _, err = read(data.Bytes())
		runtime.ReadMemStats(&end)
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
		if used := end.TotalAlloc - start.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d bytes of memory for %d bytes of input", name, used, data.Len())
		}
	}
}

// A window that no manifest of ours needs is refused, not allocated.
func TestHugeWindow(t *testing.T) {
	t.Parallel()
	var data bytes.Buffer
	encoder, err := zstd.NewWriter(&data, zstd.WithWindowSize(maxWindow*2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(encoder, io.LimitReader(endless('a'), maxWindow*3)); err != nil {
		t.Fatal(err)
	}
	if err := encoder.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := read(data.Bytes()); err == nil || !strings.Contains(err.Error(), "window") {
		t.Errorf("%v, want the window refused", err)
	}
}

func TestGiantAttributes(t *testing.T) {
	t.Parallel()
	e := Entry{Path: "a", Kind: File, Xattrs: []localfs.Xattr{{Name: "user.a", Value: make([]byte, maxXattrSize)}}}
	w, err := NewWriter(io.Discard, Header{Roots: []Root{{Path: "/r"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(e); err == nil {
		t.Error("written")
	}
	value := strings.Repeat("AAAA", maxXattrSize/3)
	line := `{"path":"a","root":0,"kind":"file","mode":"0644","uid":0,"gid":0,"mtime":[0,0],"xattrs":[{"name":"user.a","value":"` + value + `"}]}`
	if _, _, err := read(compress(t, testHeader+line+"\n"+`{"end":true,"entries":1}`+"\n")); err == nil || !strings.Contains(err.Error(), "attributes") {
		t.Errorf("read: %v", err)
	}
}

// What a million entries take is what one takes: only the folders above are kept.
func TestManyEntriesTakeLittleMemory(t *testing.T) {
	entries := 20_000
	if os.Getenv("JOTTARUN_SOAK") != "" {
		entries = 1_000_000
	}
	from, to := io.Pipe()
	go func() {
		w, err := NewWriter(to, Header{Roots: []Root{{Path: "/r"}}})
		for i := 0; i < entries && err == nil; i++ {
			err = w.Add(Entry{Path: fmt.Sprintf("%09d", i), Kind: File})
		}
		if err == nil {
			err = w.Close()
		}
		to.CloseWithError(err)
	}()
	var start, most runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&start)
	r, err := NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for _, err = r.Next(); err == nil; _, err = r.Next() {
		if n++; n%(entries/4) == 0 {
			runtime.GC()
			var now runtime.MemStats
			if runtime.ReadMemStats(&now); now.HeapAlloc > most.HeapAlloc {
				most = now
			}
		}
	}
	if err != io.EOF || n != entries {
		t.Fatalf("%d entries, %v", n, err)
	}
	if most.HeapAlloc > start.HeapAlloc+96<<20 {
		t.Errorf("%d MiB kept while %d entries went by", (most.HeapAlloc-start.HeapAlloc)>>20, entries)
	}
}
