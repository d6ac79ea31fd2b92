package executor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

const (
	mutantSize = 100_000 // several buffers of the network
	firstWords = " at the first\n"
)

// mutation is something that somebody does to a file while it is read.
type mutation struct {
	name string
	do   func(path, final string) error
	// final is what the file holds afterwards; nil where it is no file any more.
	final func(initial string) string
	// want is what comes of the file in this run; "" is Done with the final content.
	want EventType
	say  string
}

func swapHalves(s string) string { return s[len(s)/2:] + s[:len(s)/2] }

var mutations = []mutation{
	{
		name: "grows", final: func(s string) string { return s + "grown" },
		do: writeInPlace, want: Done, say: "grew while being read; protected up to its first 100000 bytes",
	},
	{name: "shrinks", final: func(s string) string { return s[:len(s)*2/3] }, do: writeInPlace},
	{name: "is emptied", final: func(string) string { return "" }, do: writeInPlace},
	{name: "is rewritten", final: swapHalves, do: writeInPlace},
	{name: "is rewritten with its time kept", final: swapHalves, do: func(path, final string) error {
		info, err := os.Stat(path)
		return errors.Join(err, writeInPlace(path, final), os.Chtimes(path, info.ModTime(), info.ModTime()))
	}},
	{name: "is renamed over", final: swapHalves, do: func(path, final string) error {
		return errors.Join(os.WriteFile(path+".new", []byte(final), 0o644), os.Rename(path+".new", path))
	}},
	{name: "is touched", final: func(s string) string { return s }, do: func(path, _ string) error {
		info, err := os.Stat(path)
		earlier := info.ModTime().AddDate(-1, 0, 0)
		return errors.Join(err, os.Chtimes(path, earlier, earlier))
	}},
	{
		name: "is deleted", do: func(path, _ string) error { return os.Remove(path) },
		want: Skipped, say: "vanished",
	},
	{
		name: "becomes a link to a secret", do: func(path, _ string) error {
			return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path))
		},
		want: Failed, say: "open: not a regular file",
	},
	{
		name: "becomes a folder", do: func(path, _ string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o755))
		},
		want: Failed, say: "open: not a regular file",
	},
}

// writeInPlace makes an open file's content another, as editors and logs do.
func writeInPlace(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	return errors.Join(err, file.Truncate(int64(len(content))), file.Close())
}

// Every mutation at every moment, of files that are read once and of those that are
// read again as they are sent: the cloud never holds a content that the file did not
// have, and this very run brings the final one.
func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	for name, now := range map[string]func() time.Time{"read once": later, "read twice": time.Now} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testMutations(t, now)
		})
	}
}

// later is a time by which every file has settled.
func later() time.Time { return time.Now().Add(time.Hour) }

func testMutations(t *testing.T, now func() time.Time) {
	l := newLab(t)
	m := newMischief(l)
	for i, mutation := range mutations {
		for _, moment := range []moment{beforeHash, midHash, afterHash, midSend, afterSend} {
			for _, known := range []bool{false, true} {
				m.add(fmt.Sprintf("%02d %s known=%v", i, moment, known), mutation, moment, known)
			}
		}
	}
	options := l.options()
	options.Now = now
	options.Hasher = &tamperedHasher{Hasher: checksum.New(2), at: m.atFile}
	_, w, err := l.apply(&tamperedCloud{Cloud: l.client, at: m.at}, options)
	if err != nil {
		t.Fatal(err)
	}
	held := l.cloud()
	for _, victim := range m.victims {
		victim.check(t, w, held[victim.name])
	}
	l.server.ClearFaults()
	for _, victim := range m.victims {
		if victim.mutation.final == nil {
			os.RemoveAll(l.path(victim.name))
		}
	}
	l.mustConverge()
}

// mischief does to each file, once, what is to be done to it at its moment.
type mischief struct {
	l       *lab
	mu      sync.Mutex
	names   map[string]string // by inode
	victims map[string]*victim
}

type victim struct {
	name           string
	mutation       mutation
	moment         moment
	path           string
	initial, final string
	done           bool
}

func newMischief(l *lab) *mischief {
	return &mischief{l: l, names: map[string]string{}, victims: map[string]*victim{}}
}

// add makes a file to be mutated. One that is known has an older version in the cloud.
func (m *mischief) add(name string, mutation mutation, at moment, known bool) {
	m.l.t.Helper()
	line := name + firstWords
	initial := strings.Repeat(line, mutantSize/len(line)+1)[:mutantSize/2]
	initial += strings.Repeat(strings.ToUpper(line), mutantSize/len(line)+1)[:mutantSize/2]
	v := &victim{name: name, mutation: mutation, moment: at, path: m.l.path(name), initial: initial}
	if mutation.final != nil {
		v.final = mutation.final(initial)
	}
	m.l.write(name, initial)
	if known {
		m.upload(name, "older")
	}
	tree, err := localfs.OpenTree(filepath.Dir(v.path))
	if err != nil {
		m.l.t.Fatal(err)
	}
	defer tree.Close()
	info, err := tree.Lstat(name)
	if err != nil {
		m.l.t.Fatal(err)
	}
	m.names[fmt.Sprint(info.Inode)], m.victims[name] = name, v
}

// upload puts a content into the cloud, past the folder.
func (m *mischief) upload(name, content string) {
	m.l.t.Helper()
	ctx := m.l.t.Context()
	sum, err := jotta.ParseMD5(sumOf(content))
	if err == nil {
		err = m.l.client.CreateBackupdir(ctx, target)
	}
	if err == nil {
		_, err = m.l.client.Upload(ctx, jotta.Upload{
			Path: target.Join(name), Size: int64(len(content)), MD5: sum, Content: bytes.NewReader([]byte(content)),
		})
	}
	if err != nil {
		m.l.t.Fatal(err)
	}
}

func (m *mischief) atFile(file string, now moment) {
	m.mu.Lock()
	name := cmp.Or(m.names[file], file)
	m.mu.Unlock()
	m.at(name, now)
}

func (m *mischief) at(name string, now moment) {
	m.mu.Lock()
	v := m.victims[name]
	due := v != nil && v.moment == now && !v.done
	if due {
		v.done = true
	}
	m.mu.Unlock()
	if due {
		if err := v.mutation.do(v.path, v.final); err != nil {
			m.l.t.Errorf("%q: %v", name, err)
		}
	}
}

// check compares what came of the file with what its mutation should have led to.
func (v *victim) check(t *testing.T, w *witness, held string) {
	t.Helper()
	if !v.done {
		t.Fatalf("%q: nothing was done to it %s", v.name, v.moment)
	}
	e := w.event(v.name)
	if want := cmp.Or(v.mutation.want, Done); e.Type != want {
		t.Errorf("%s %s (%q): %s, %v", v.mutation.name, v.moment, v.name, e.Type, e.Err)
	}
	if said := fmt.Sprint(e.Note, e.Err); !strings.Contains(said, v.mutation.say) {
		t.Errorf("%s %s: %q, want %q", v.mutation.name, v.moment, said, v.mutation.say)
	}
	var allowed []string
	switch {
	case v.mutation.want == "":
		allowed = []string{v.final}
	case v.mutation.want == Done:
		allowed = []string{v.initial}
	default: // gone: the cloud has what it had, or what was there to be sent
		allowed = []string{v.initial, "older"}
	}
	sums := map[string]bool{"": v.mutation.want == Failed || v.mutation.want == Skipped}
	for _, content := range allowed {
		sums[sumOf(content)] = true
	}
	if !sums[held] {
		t.Errorf("%s %s (%q): the cloud holds %q, allowed are %q", v.mutation.name, v.moment, v.name, held, slices.Sorted(maps.Keys(sums)))
	}
}

// What was read is half of one and half of another content, and the cloud happens to
// know just that mixture: it must not be taken for the file's.
func TestATornReadOfAGrowingFileIsNotTrusted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	m := newMischief(l)
	both := mutation{name: "grows and is rewritten", do: writeInPlace, final: func(s string) string { return swapHalves(s) + "grown" }}
	m.add("log", both, midHash, false)
	v := m.victims["log"]
	m.upload("mixture", v.initial[:mutantSize/2]+v.final[mutantSize/2:mutantSize])
	options := l.options()
	options.Hasher = &tamperedHasher{Hasher: checksum.New(2), at: m.atFile}
	_, w, err := l.apply(l.client, options)
	if err != nil {
		t.Fatal(err)
	}
	v.check(t, w, l.cloud()["log"])
	l.mustConverge()
}

// A file that never rests is named, and what was in the cloud before stays.
func TestAFileThatChangesAllTheTimeIsSkipped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   moment
		say  string
		size func(try int) int
	}{
		{afterHash, `changed while being read (its content differs between two reads); tried again next run`, func(int) int { return 50 }},
		{afterSend, `changed while being read (metadata changed meanwhile); tried again next run`, nil},
		{afterSend, `changed while being read (size 40 -> 30); tried again next run`, func(try int) int { return 60 - 10*try }},
	} {
		l := newLab(t)
		l.write("busy", strings.Repeat("b", 50))
		l.write("quiet", "q")
		l.mustApply()
		l.write("busy", strings.Repeat("c", 60))
		l.write("quiet", "Q")
		tries := 0
		cloud := &tamperedCloud{Cloud: l.client, at: func(name string, m moment) {
			if name != "busy" || m != c.at {
				return
			}
			tries++
			var err error
			if c.size == nil {
				err = os.Chmod(l.path("busy"), os.FileMode(0o640+tries))
			} else {
				err = writeInPlace(l.path("busy"), strings.Repeat(fmt.Sprint(tries), c.size(tries)))
			}
			if err != nil {
				t.Error(err)
			}
		}}
		summary, w, err := l.apply(cloud, l.options())
		if err != nil || tries != 3 {
			t.Errorf("%v after %d tries", err, tries)
		}
		if summary.Replaced != 1 || summary.Skipped != 1 || summary.Unprotected() != 1 {
			t.Errorf("%+v", summary)
		}
		if e := w.event("busy"); e.Type != Skipped || e.Err.Error() != c.say {
			t.Errorf("%s: %v, want %s", e.Type, e.Err, c.say)
		}
		if held := l.cloud()["busy"]; c.at == afterHash && held != sumOf(strings.Repeat("b", 50)) {
			t.Errorf("the version from before is gone: %s", held)
		}
		l.mustConverge()
	}
}
