package faults

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

const (
	device = "/mybox"
	target = device + "/backup/job"
)

// lab is a folder, a cloud, the door between them, and what has been seen so far.
type lab struct {
	t      testing.TB
	dir    string // holds all that the lab keeps on disk
	root   string
	server *emulator.Server
	door   *door
	client *jotta.Client
	clock  *virtualClock
	log    *logbook
	decoy  *decoy // a host that must not be spoken to

	spec      planner.Spec
	hasher    *checksum.Hasher
	had       map[string]map[string]bool // path -> MD5 of every content that it ever had
	completed map[string]bool            // paths that once were complete in the cloud
	outside   []emulator.File            // what the cloud has beside the target
	spell     func(string) string        // how the cloud spells a path of the folder
}

// newLab makes a lab whose client may be changed by its options.
func newLab(t testing.TB, change ...func(*jotta.Options)) *lab {
	t.Helper()
	l := &lab{
		t: t, dir: t.TempDir(), clock: new(virtualClock), log: newLogbook(), decoy: newDecoy(t),
		hasher: checksum.New(2), had: map[string]map[string]bool{}, completed: map[string]bool{},
		spell: func(path string) string { return path },
	}
	l.root = filepath.Join(l.dir, "root")
	check(t, os.Mkdir(l.root, 0o755))
	l.openCloud()
	l.client = l.newClient(change...)
	l.addOutsiders()
	rules, err := planner.NewRules(nil)
	check(t, err)
	l.spec = planner.Spec{
		Job: "job", Target: target,
		Roots: []planner.RootSpec{{Root: planner.Root{Path: l.root}, Rules: rules}},
	}
	return l
}

func (l *lab) openCloud() {
	server, err := emulator.Open(emulator.Options{
		Directory: filepath.Join(l.dir, "cloud"), Devices: []string{"mybox"}, NoSync: true,
	})
	check(l.t, err)
	l.server, l.door = server, openDoor(l.t, server)
	server.SetURL(l.door.url)
	l.t.Cleanup(func() {
		l.mustHaveStruck()
		l.door.close()
		check(l.t, server.Close())
	})
}

func (l *lab) newClient(change ...func(*jotta.Options)) *jotta.Client {
	l.t.Helper()
	options := jotta.Options{
		Endpoints:  jotta.Endpoints{JFS: l.door.url, API: l.door.url, Upload: l.door.url, Token: l.door.url},
		Authorizer: jotta.BearerToken(jotta.Secret(l.server.Token())),
		Retries:    5, Clock: l.clock, Logger: l.log.logger(),
	}
	for _, f := range change {
		f(&options)
	}
	client, err := jotta.New(options)
	check(l.t, err)
	l.t.Cleanup(client.Close)
	return client
}

// addOutsiders puts files beside the target, which no run may ask for or change.
func (l *lab) addOutsiders() {
	l.t.Helper()
	ctx := context.Background()
	check(l.t, l.client.CreateBackupdir(ctx, target))
	for _, path := range []jotta.Path{device + "/backup/jo", device + "/backup/job2/a", device + "/backup/other/b"} {
		content := "beside the target: " + string(path)
		_, err := l.client.Upload(ctx, jotta.Upload{
			Path: path, Size: int64(len(content)), MD5: md5.Sum([]byte(content)), Content: strings.NewReader(content),
		})
		check(l.t, err)
	}
	l.outside = l.beside()
	l.server.ResetRequests()
}

// beside returns what the device holds outside of the target.
func (l *lab) beside() []emulator.File {
	var others []emulator.File
	for _, f := range l.server.Tree(device) {
		if !strings.HasPrefix(f.Path, strings.TrimPrefix(target, device+"/")+"/") {
			others = append(others, f)
		}
	}
	return others
}

func (l *lab) path(name string) string { return filepath.Join(l.root, filepath.FromSlash(name)) }

// write gives a file of the folder new content, and remembers that it had it.
func (l *lab) write(name string, content []byte) {
	l.t.Helper()
	check(l.t, os.MkdirAll(filepath.Dir(l.path(name)), 0o755))
	l.remember(name, content)
	check(l.t, os.WriteFile(l.path(name), content, 0o644))
}

func (l *lab) remember(name string, content []byte) {
	name = l.spell(name)
	if l.had[name] == nil {
		l.had[name] = map[string]bool{}
	}
	l.had[name][fmt.Sprintf("%x", md5.Sum(content))] = true
}

// fill writes n small files with content of their own.
func (l *lab) fill(n int, seed uint64) {
	l.t.Helper()
	for i := range n {
		l.write(fmt.Sprintf("%d/file %d", i%7, i), fmt.Appendf(nil, "file %d of seed %d", i, seed))
	}
}

// walk is the folder as it is, found by no code of the product: path, as the cloud
// spells it, -> size and MD5.
func (l *lab) walk() map[string]string {
	l.t.Helper()
	found := map[string]string{}
	check(l.t, filepath.WalkDir(l.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		name, relErr := filepath.Rel(l.root, path)
		found[l.spell(filepath.ToSlash(name))] = fmt.Sprintf("%d %x", len(content), md5.Sum(content))
		return errors.Join(err, relErr)
	}))
	return found
}

// cloud is the target as the cloud has it, in the same form.
func (l *lab) cloud() map[string]string {
	held := map[string]string{}
	for _, f := range l.server.Tree(target) {
		held[f.Path] = fmt.Sprintf("%d %s", f.Size, f.MD5)
	}
	return held
}

// inFlight counts the requests that have begun and not ended.
func (l *lab) inFlight() (n int) {
	for _, r := range l.server.Requests() {
		if !r.Done {
			n++
		}
	}
	return n
}

// settle waits until the cloud is done with what it was asked; not for ever, as it may
// be listening to a line that is dead.
func (l *lab) settle() {
	for late := time.Now().Add(2 * time.Second); l.inFlight() > 0 && time.Now().Before(late); {
		pause(time.Millisecond)
	}
}

// requests returns those of a route since the log was last emptied; "" for all.
func (l *lab) requests(route string) []emulator.Request {
	l.settle() // an answer is out before the log knows of it
	var found []emulator.Request
	for _, r := range l.server.Requests() {
		if route == "" || r.Route == route {
			found = append(found, r)
		}
	}
	return found
}

// received counts the bytes of content that reached the cloud.
func (l *lab) received() (total int64) {
	for _, r := range l.requests("upload") {
		total += r.Received
	}
	return total
}
