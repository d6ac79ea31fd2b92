//go:build linux || darwin || freebsd

package faults

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// doomed is a job whose runs are killed at named points, one after the other. Before
// each run something of every kind is to be done: a new file, a changed one, a moved
// one, a removed one and its folder.
type doomed struct {
	*lab
	login string // the token that the program signs in with
	round int
	fate  atomic.Pointer[fate] // nil: runs live

	mu    sync.Mutex
	spent map[string]int // how often each refresh token was sent
}

func newDoomed(t *testing.T) *doomed {
	d := &doomed{lab: newLab(t), spent: map[string]int{}}
	d.prune("trash")
	d.fill(10, 2)
	d.write("changing", []byte("at first"))
	d.write("moved 0/file", restless())
	d.write("going 0/file", []byte("to go"))
	d.signIn()
	d.door.with(d.watch)
	d.mustRecover("at no point", false)
	return d
}

func restless() []byte { return []byte("a file that is moved all the time") }

func (d *doomed) prune(mode string) { d.jobsFile("", ", max_prune: 100%, prune: "+mode) }

func (d *doomed) signIn() {
	d.t.Helper()
	token, err := d.server.NewLoginToken()
	check(d.t, err)
	d.login = token
}

// command is a run of the program that signs in as one does today.
func (d *doomed) command() *exec.Cmd {
	cmd := d.lab.command("run")
	cmd.Env = append(cmd.Env, "JOTTACLOUD_PASSWORD="+d.login)
	return cmd
}

// edit makes something of every kind to be done.
func (d *doomed) edit() {
	d.t.Helper()
	d.round++
	now := d.round
	d.write(fmt.Sprint("new ", now), fmt.Appendf(nil, "new in round %d", now))
	d.write("changing", fmt.Appendf(nil, "changed in round %d", now))
	d.write(fmt.Sprintf("going %d/file", now), fmt.Appendf(nil, "to go after round %d", now))
	d.write(fmt.Sprintf("moved %d/file", now), restless())
	for _, gone := range []string{"going", "moved"} {
		check(d.t, os.RemoveAll(d.path(fmt.Sprintf("%s %d", gone, now-1))))
	}
	d.letGo()
}

// letGo notes what may go from the cloud, as it went from here.
func (d *doomed) letGo() {
	delete(d.completed, fmt.Sprintf("going %d/file", d.round-1))
	delete(d.completed, fmt.Sprintf("moved %d/file", d.round-1))
}

// mustDie waits for the end of a run that has to be killed, and audits what it left.
func (d *doomed) mustDie(p *process, point string) {
	d.t.Helper()
	d.dies(p, point, false)
}

// dies does the same, and reports false where the run ended well before it was killed, as
// it may or may not.
func (d *doomed) dies(p *process, point string, mayLive bool) bool {
	d.t.Helper()
	code := d.wait(p)
	if code != -1 && (code != 0 || !mayLive) {
		d.t.Fatalf("round %d: it did not come to be killed %s, and ended with %d:\n%s", d.round, point, code, p.said())
	}
	d.settle()
	if held := d.sums(); !held[fmt.Sprintf("%x", md5.Sum(restless()))] {
		d.t.Errorf("round %d: killed %s, the moved file is nowhere", d.round, point)
	}
	return code == -1
}

// sums are the MD5s of what the target holds.
func (d *doomed) sums() map[string]bool {
	held := map[string]bool{}
	for _, f := range d.server.Tree(target) {
		held[f.MD5] = true
	}
	return held
}

// mustRecover runs the program once more: it ends well, wherever the one before was
// killed. Only where a refresh token may be spent a new login may be needed.
func (d *doomed) mustRecover(point string, mayLoseLogin bool) {
	d.t.Helper()
	code, said := d.again()
	if code == 10 && mayLoseLogin {
		d.signIn()
		code, said = d.again()
	}
	if code != 0 {
		d.t.Errorf("the next run ended with %d", code)
	}
	if diff := cmp.Diff(d.walk(), d.cloud()); diff != "" {
		d.t.Errorf("the next run leaves (-folder +cloud):\n%s", diff)
	}
	if d.round > 0 {
		d.mustBeOnce("changing", fmt.Sprint("new ", d.round), fmt.Sprintf("going %d/file", d.round))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, times := range d.spent {
		if times > 1 {
			d.t.Errorf("a refresh token was sent %d times", times)
		}
	}
	if d.t.(*testing.T).Failed() {
		d.t.Fatalf("round %d: killed %s; the next run said:\n%s", d.round, point, said)
	}
	d.mustBeIdle()
}

func (d *doomed) again() (code int, said string) {
	d.t.Helper()
	d.letGo()
	p := d.start(d.command())
	return d.wait(p), p.said()
}

// mustBeOnce: the cloud has files as they are here, and no content twice.
func (d *doomed) mustBeOnce(names ...string) {
	d.t.Helper()
	for _, name := range names {
		is := fmt.Sprintf("%x", sumOf(d.t, d.path(name)))
		if all := d.versions(name); all[is] != 1 {
			d.t.Errorf("the cloud has %q as %d versions, want 1 of %v", name, all[is], all)
		}
	}
}

// versions counts the versions that the cloud has of a file, by their MD5.
func (l *lab) versions(name string) map[string]int {
	address := "/jfs/" + l.server.Username() + target + "/" + (&url.URL{Path: name}).EscapedPath()
	request := httptest.NewRequest(http.MethodGet, address, nil)
	request.Header.Set("Authorization", "Bearer "+l.server.Token())
	answer := httptest.NewRecorder()
	l.server.ServeHTTP(answer, request)
	all := map[string]int{}
	for _, sum := range regexp.MustCompile(`<md5>([0-9a-f]{32})</md5>`).FindAllStringSubmatch(answer.Body.String(), -1) {
		all[sum[1]]++
	}
	return all
}

// watch is the door's: it counts refresh tokens, and kills whom it has to.
func (d *doomed) watch(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
	d.countRefresh(r)
	if f := d.fate.Load(); f != nil && f.isAt(r) {
		f.strike(w, r, cloud)
		return
	}
	cloud.ServeHTTP(w, r)
}

func (d *doomed) countRefresh(r *http.Request) {
	if r.Method != http.MethodPost || !isRenewal(r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	form, parseErr := url.ParseQuery(string(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if token := form.Get("refresh_token"); err == nil && parseErr == nil && token != "" {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.spent[token]++
	}
}
