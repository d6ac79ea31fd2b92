package manifest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"github.com/jottarun/jottarun/internal/localfs"
)

// write returns the manifest of some entries.
func write(t *testing.T, header Header, entries []Entry) []byte {
	t.Helper()
	var to bytes.Buffer
	w, err := NewWriter(&to, header)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Add(e); err != nil {
			t.Fatalf("add %q: %v", e.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// read returns what a manifest holds, up to its end or what is wrong with it.
func read(data []byte) (Header, []Entry, error) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return Header{}, nil, err
	}
	defer r.Close()
	var entries []Entry
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header, entries, nil
		}
		if err != nil {
			return r.Header, entries, err
		}
		entries = append(entries, e)
	}
}

// compress makes a manifest of lines, right or wrong.
func compress(t testing.TB, lines string) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(64<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	return encoder.EncodeAll([]byte(lines), nil)
}

func decompress(t testing.TB, data []byte) string {
	t.Helper()
	decoder, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	lines, err := io.ReadAll(decoder)
	if err != nil {
		t.Fatal(err)
	}
	return string(lines)
}

// example is the manifest that docs/manifest.md shows.
func example() (Header, []Entry) {
	when := time.Unix(1767323045, 123456789).UTC()
	root, www := ID{0, "root"}, ID{33, "www-data"}
	return Header{Job: "config", Roots: []Root{{"/etc", "etc"}, {"/srv/caf\xe9", "srv"}}}, []Entry{
		{Path: "etc", Kind: Folder, Mode: 0o755, Owner: root, Group: root, Modified: when},
		{
			Path: "etc/passwd", Kind: File, Mode: 0o644, Owner: root, Group: root, Modified: when, Size: 1204,
			Xattrs: []localfs.Xattr{{Name: "user.origin", Value: []byte("installer")}},
		},
		{Path: "etc/passwd-", Kind: File, Mode: 0o600, Owner: root, Group: root, Modified: when, Size: 1180, HardLink: 1},
		{Path: "etc/rc", Kind: Symlink, Owner: root, Group: root, Modified: when, Target: "rc.d/ma\xefn"},
		{Path: "etc/was:passwd-", Cloud: "etc/was：passwd-", Kind: File, Mode: 0o600, Owner: root, Group: root, Modified: when, Size: 1180, HardLink: 1},
		{Path: "etc/empty", Kind: Folder, Mode: 0o2770, Owner: root, Group: www, Modified: when},
		{Root: 1, Path: "srv", Kind: Folder, Mode: 0o755, Owner: www, Group: www, Modified: time.Unix(-1, 500000000).UTC()},
		{
			Root: 1, Path: "srv/disk.img", Kind: File, Mode: 0o600, Owner: www, Group: ID{4000, ""}, Modified: when,
			Size: 1 << 30, Holes: []localfs.Hole{{Offset: 4096, Length: 1<<29 - 4096}, {Offset: 1<<29 + 4096, Length: 1<<29 - 4096}},
		},
		{Root: 1, Path: "srv/null", Kind: CharDevice, Mode: 0o666, Owner: root, Group: root, Modified: when, Major: 1, Minor: 3},
		{Root: 1, Path: "srv/\xff.pipe", Cloud: "srv/‛FF.pipe", Kind: Fifo, Mode: 0o644, Owner: www, Group: www, Modified: when},
	}
}

// The documentation shows what is written, and what it shows can be read.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```jsonl\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("docs/manifest.md has no example")
	}
	header, entries := example()
	if diff := cmp.Diff(string(block[1]), decompress(t, write(t, header, entries))); diff != "" {
		t.Errorf("the example and what is written (-documented +written):\n%s", diff)
	}
	gotHeader, got, err := read(compress(t, string(block[1])))
	if diff := cmp.Diff(entries, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(header, gotHeader); diff != "" {
		t.Error(diff)
	}
}

// Each key of a line is described.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	header, entries := example()
	for key := range strings.FieldsFuncSeq(decompress(t, write(t, header, entries)), func(r rune) bool { return r == '{' || r == ',' }) {
		if m := regexp.MustCompile(`^"([a-z0-9_]+)":`).FindStringSubmatch(key); m != nil && !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/manifest.md does not describe %q", m[1])
		}
	}
}

func TestSameEntriesGiveSameBytes(t *testing.T) {
	t.Parallel()
	header, entries := example()
	if !bytes.Equal(write(t, header, entries), write(t, header, entries)) {
		t.Error("two manifests of the same entries differ")
	}
}

// A cut, a changed byte or anything behind the end is noticed.
func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	header, entries := example()
	data := write(t, header, entries)
	for n := range data {
		if _, _, err := read(data[:n]); err == nil {
			t.Errorf("cut after %d of %d bytes: no error", n, len(data))
		}
	}
	for n := range data {
		damaged := bytes.Clone(data)
		damaged[n] ^= 0x10
		if _, got, err := read(damaged); err == nil && cmp.Diff(entries, got, cmpopts.EquateEmpty()) != "" {
			t.Errorf("byte %d changed: no error", n)
		}
	}
	lines := decompress(t, data)
	for name, wrong := range map[string]string{
		"behind the end":     lines + lines[strings.Index(lines, "\n")+1:],
		"without an end":     lines[:strings.LastIndex(lines, `{"end"`)],
		"an entry is gone":   strings.Replace(lines, strings.SplitAfter(lines, "\n")[2], "", 1),
		"another version":    strings.Replace(lines, `"version":1`, `"version":2`, 1),
		"another format":     strings.Replace(lines, formatName, "tar", 1),
		"no roots":           regexp.MustCompile(`"roots":\[.*\]`).ReplaceAllString(lines, `"roots":[]`),
		"empty":              "",
		"a line is no JSON":  strings.Replace(lines, `{"path"`, `{path`, 2),
		"a header, no more":  lines[:strings.Index(lines, "\n")+1],
		"the end comes once": strings.Replace(lines, `{"end":true,"entries":10}`, `{"end":true,"entries":11}`, 1),
	} {
		if _, _, err := read(compress(t, wrong)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What a line may not say; each would be taken for something that it is not.
func TestHostileLines(t *testing.T) {
	t.Parallel()
	const header = `{"format":"jottarun-manifest","version":1,"job":"j","roots":[{"path":"/r"}]}` + "\n"
	const file = `"root":0,"kind":"file","mode":"0644","uid":0,"gid":0,"mtime":[0,0]`
	const folder = `"root":0,"kind":"folder","mode":"0755","uid":0,"gid":0,"mtime":[0,0]`
	long := strings.Repeat("a", maxName+1)
	for name, lines := range map[string]string{
		"dots":                 `{"path":"..",` + file + `}`,
		"dots in base64":       `{"path":"x","path_base64":"Li4=",` + file + `}`,
		"dots within":          `{"path":"a",` + folder + "}\n" + `{"path":"a/..",` + file + `}`,
		"absolute":             `{"path":"/etc",` + folder + `}`,
		"trailing slash":       `{"path":"a/",` + folder + `}`,
		"NUL":                  `{"path":"a\u0000b",` + file + `}`,
		"a file without path":  `{"path":"",` + file + `}`,
		"no folder before":     `{"path":"a/b",` + file + `}`,
		"below a file":         `{"path":"a",` + file + "}\n" + `{"path":"a/b",` + file + `}`,
		"below a link":         `{"path":"a","root":0,"kind":"symlink","uid":0,"gid":0,"mtime":[0,0],"target":"/etc"}` + "\n" + `{"path":"a/b",` + file + `}`,
		"twice":                `{"path":"a",` + file + "}\n" + `{"path":"a",` + file + `}`,
		"unsorted":             `{"path":"b",` + file + "}\n" + `{"path":"a",` + file + `}`,
		"a folder again":       `{"path":"a",` + folder + "}\n" + `{"path":"b",` + folder + "}\n" + `{"path":"a/x",` + file + `}`,
		"folders unsorted":     `{"path":"b",` + folder + "}\n" + `{"path":"a",` + folder + `}`,
		"a folder twice":       `{"path":"a",` + folder + "}\n" + `{"path":"a",` + folder + `}`,
		"the top again":        `{"path":"",` + folder + "}\n" + `{"path":"",` + folder + `}`,
		"long name":            `{"path":"` + long + `",` + file + `}`,
		"unknown kind":         `{"path":"a","root":0,"kind":"door","mode":"0644","mtime":[0,0]}`,
		"mode with type":       `{"path":"a","root":0,"kind":"file","mode":"100644","mtime":[0,0]}`,
		"mode not octal":       `{"path":"a","root":0,"kind":"file","mode":"rwx","mtime":[0,0]}`,
		"another root":         `{"path":"a","root":1,"kind":"file","mode":"0644","mtime":[0,0]}`,
		"root -1":              `{"path":"a","root":-1,"kind":"file","mode":"0644","mtime":[0,0]}`,
		"owner -1":             `{"path":"a","root":0,"kind":"file","mode":"0644","uid":4294967295,"mtime":[0,0]}`,
		"owner beyond":         `{"path":"a","root":0,"kind":"file","mode":"0644","uid":4294967296,"mtime":[0,0]}`,
		"a time beyond":        `{"path":"a","root":0,"kind":"file","mode":"0644","mtime":[9223372036854775807,0]}`,
		"nanoseconds beyond":   `{"path":"a","root":0,"kind":"file","mode":"0644","mtime":[0,1000000000]}`,
		"a link to nowhere":    `{"path":"a","root":0,"kind":"symlink","mtime":[0,0],"target":""}`,
		"a link with NUL":      `{"path":"a","root":0,"kind":"symlink","mtime":[0,0],"target":"a\u0000b"}`,
		"holes beyond":         `{"path":"a","size":10,"holes":[[5,6]],` + file + `}`,
		"holes overlap":        `{"path":"a","size":10,"holes":[[0,6],[5,1]],` + file + `}`,
		"holes overflow":       `{"path":"a","size":10,"holes":[[9223372036854775807,9223372036854775807]],` + file + `}`,
		"negative hole":        `{"path":"a","size":10,"holes":[[-5,6]],` + file + `}`,
		"negative size":        `{"path":"a","size":-1,` + file + `}`,
		"hard linked folder":   `{"path":"a","hard_link":1,` + folder + `}`,
		"nameless attribute":   `{"path":"a","xattrs":[{"name":"","value":""}],` + file + `}`,
		"attribute with NUL":   `{"path":"a","xattrs":[{"name":"user.a\u0000","value":""}],` + file + `}`,
		"attributes twice":     `{"path":"a","xattrs":[{"name":"user.a","value":""},{"name":"user.a","value":""}],` + file + `}`,
		"cloud leads out":      `{"path":"a","cloud":"．．",` + file + `}`,
		"cloud goes deeper":    `{"path":"a","cloud":"b／c",` + file + `}`,
		"cloud lies elsewhere": `{"path":"a","cloud":"b/c",` + file + `}`,
		"cloud is absolute":    `{"path":"a","cloud":"/",` + file + `}`,
	} {
		entries := strings.Count(lines, "\n") + 1
		end := `{"end":true,"entries":` + string(rune('0'+entries)) + "}\n"
		if _, _, err := read(compress(t, header+lines+"\n"+end)); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "torn") || strings.Contains(err.Error(), "should have") {
			t.Errorf("%s: %v: not the reason that was meant", name, err)
		}
	}
	if _, entries, err := read(compress(t, header+`{"path":"a","new_key":{"x":[1]},`+file+"}\n"+`{"end":true,"entries":1}`+"\n")); err != nil || len(entries) != 1 {
		t.Errorf("a key of a later version: %d entries, %v", len(entries), err)
	}
}
