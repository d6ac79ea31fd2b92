package faults

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// A root that is not what it was, when the run begins or while it goes on, is refused by
// the program as it is: it deletes nothing, and nothing else.
func TestRootsThatAreNotWhatTheyWere(t *testing.T) {
	t.Parallel()
	replaced := func(by func(l *lab) error) func(*lab) {
		return func(l *lab) {
			check(l.t, os.Rename(l.root, l.root+" elsewhere"))
			check(l.t, by(l))
		}
	}
	unmounted := func(l *lab) { check(l.t, unix.Unmount(l.path("mount"), unix.MNT_DETACH)) }
	changes := map[string]struct {
		mount  string // what of the root is a file system of its own
		change func(*lab)
	}{
		"empty":            {"", replaced(func(l *lab) error { return os.Mkdir(l.root, 0o755) })},
		"missing":          {"", replaced(func(*lab) error { return nil })},
		"a file":           {"", replaced(func(l *lab) error { return os.WriteFile(l.root, nil, 0o644) })},
		"a link":           {"", replaced(func(l *lab) error { return os.Symlink(l.dir, l.root) })},
		"a mount gone":     {"root/mount", unmounted},
		"unmounted":        {"root", func(l *lab) { check(l.t, unix.Unmount(l.root, unix.MNT_DETACH)) }},
		"mounted over":     {"", func(l *lab) { l.mount("root") }},
		"another in place": {"root", func(l *lab) { l.mount("root"); l.write("other", []byte("other")) }},
	}
	for name, tt := range changes {
		for _, when := range []string{"before", "during"} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				l.jobsFile("", ", prune: purge, max_prune: 100%")
				if tt.mount != "" {
					l.mount(tt.mount)
				}
				l.fill(20, 16)
				l.write("mount/file", []byte("on a mount, or not"))
				l.mustExec(0, "Done: 21 uploaded", "run")
				check(t, os.Remove(l.path("0/file 0"))) // something is to be pruned
				before := l.server.Tree(target)
				if when == "before" {
					tt.change(l)
				} else {
					l.door.with(once(func(r *http.Request) { tt.change(l) }))
				}
				said := l.mustExec(4, "job \"job\"", "run")
				if diff := cmp.Diff(before, l.server.Tree(target)); diff != "" {
					t.Errorf("the cloud has changed (-before +after):\n%s\n%s", diff, said)
				}
				for _, r := range l.requests("") {
					if r.Method != http.MethodGet && r.Route != "allocate" && r.Route != "upload" && r.Route != "mkDir" {
						t.Errorf("%s %s was asked for", r.Method, r.Route)
					}
				}
			})
		}
	}
}

// once does something before the first request has its effect.
func once(do func(*http.Request)) tampering {
	var first sync.Once
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		first.Do(func() { do(r) })
		cloud.ServeHTTP(w, r)
	}
}

// mount puts a file system of its own into the lab.
func (l *lab) mount(name string) {
	l.t.Helper()
	path := l.dir + "/" + name
	check(l.t, os.MkdirAll(path, 0o755))
	// A tmpfs comes and goes below a root by itself, and is no reason to refuse one.
	source := fmt.Sprint("jottarun-test-", time.Now().UnixNano())
	if err := unix.Mount(source, path, "ramfs", 0, ""); err != nil {
		l.t.Skipf("nothing can be mounted here: %v", err)
	}
	l.t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) }) // it may be gone already
}
