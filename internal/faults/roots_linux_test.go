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

// A root that is not what it was, when the run begins or while it goes on, is refused:
// the program deletes nothing, and says so.
func TestRootsThatAreNotWhatTheyWere(t *testing.T) {
	t.Parallel()
	for _, change := range rootChanges() {
		for _, during := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, during the run %v", change.name, during), func(t *testing.T) {
				t.Parallel()
				newLab(t).changeRoot(change, during)
			})
		}
	}
}

// rootChange is something that happens to a root.
type rootChange struct {
	name   string
	mount  string // what of it is a file system of its own before
	change func(*lab)
}

func rootChanges() []rootChange {
	replaced := func(by func(l *lab) error) func(*lab) {
		return func(l *lab) {
			check(l.t, os.Rename(l.root, l.root+" elsewhere"))
			check(l.t, by(l))
		}
	}
	return []rootChange{
		{"empty", "", replaced(func(l *lab) error { return os.Mkdir(l.root, 0o755) })},
		{"missing", "", replaced(func(*lab) error { return nil })},
		{"a file", "", replaced(func(l *lab) error { return os.WriteFile(l.root, nil, 0o644) })},
		{"a link", "", replaced(func(l *lab) error { return os.Symlink(l.dir, l.root) })},
		{"a mount below it gone", "root/mount", func(l *lab) { check(l.t, unix.Unmount(l.path("mount"), unix.MNT_DETACH)) }},
		{"unmounted", "root", func(l *lab) { check(l.t, unix.Unmount(l.root, unix.MNT_DETACH)) }},
		{"mounted over", "", func(l *lab) { l.mount("root") }},
		{"another mount in its place", "root", func(l *lab) { l.mount("root"); l.write("other", []byte("other")) }},
	}
}

// changeRoot proves a job, lets something happen to its root, and runs the job again.
func (l *lab) changeRoot(c rootChange, during bool) {
	l.t.Helper()
	l.jobsFile("", ", prune: purge, max_prune: 100%")
	if c.mount != "" {
		l.mount(c.mount)
	}
	l.fill(20, 16)
	l.write("mount/file", []byte("on a mount, or not"))
	l.mustExec(0, "Done: 21 uploaded", "run")
	check(l.t, os.Remove(l.path("0/file 0"))) // something is to be pruned
	before := l.server.Tree(target)
	l.server.ResetRequests()
	if during {
		l.door.with(once(func() { c.change(l) }))
	} else {
		c.change(l)
	}
	said := l.mustExec(4, `job "job"`, "run")
	if diff := cmp.Diff(before, l.server.Tree(target)); diff != "" {
		l.t.Errorf("the cloud has changed (-before +after):\n%s\n%s", diff, said)
	}
	for _, r := range l.requests("") {
		if r.Method != http.MethodGet {
			l.t.Errorf("%s %s was asked for", r.Method, r.Route)
		}
	}
}

// once does something before the first request has its effect.
func once(do func()) tampering {
	var first sync.Once
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		first.Do(do)
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
