package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// rig is jottarun with a cloud that the test can look into.
type rig struct {
	t     *testing.T
	dir   string
	root  string
	cloud *emulator.Server
	jobs  string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	server, err := emulator.Open(emulator.Options{
		Directory: filepath.Join(dir, "cloud"), Username: "me", Password: "secret", Devices: []string{"mybox"}, NoSync: true,
	})
	check(t, err)
	running, err := emulator.Start(server, "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, running.Close()) })
	r := &rig{t: t, dir: dir, root: filepath.Join(dir, "root"), cloud: server, jobs: filepath.Join(dir, "jobs.yaml")}
	check(t, os.MkdirAll(r.root, 0o755))
	check(t, os.WriteFile(r.jobs, fmt.Appendf(nil, `
version: 1
account:
  service: custom
  endpoints: {jfs: %[1]q, api: %[1]q}
settings: {state_dir: state}
jobs:
  home: {root: root, target: /mybox/backup/home}
`, running.URL), 0o600))
	return r
}

// jottarun runs a command and returns what it printed and its exit code.
func (r *rig) jottarun(args ...string) (out, errOut string, code int) {
	r.t.Helper()
	environment := map[string]string{"JOTTACLOUD_USERNAME": "me", "JOTTACLOUD_PASSWORD": "secret"}
	var stdout, stderr bytes.Buffer
	a := &app.App{
		In: strings.NewReader(""), Out: &stdout, Err: &stderr, Home: r.dir, Now: time.Now,
		Lookup: func(name string) (string, bool) { value, ok := environment[name]; return value, ok },
	}
	code = execute(r.t.Context(), a, append(args, "-c", r.jobs))
	return stdout.String(), stderr.String(), code
}

// compare walks the root, by no code of the product, and compares it with what the
// cloud holds.
func (r *rig) compare() {
	r.t.Helper()
	want := map[string]string{}
	check(r.t, filepath.WalkDir(r.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(r.root, path)
		want[filepath.ToSlash(rel)] = fmt.Sprintf("%d %x", len(content), md5.Sum(content))
		return err
	}))
	got := map[string]string{}
	for _, file := range r.cloud.Tree("/mybox/backup/home") {
		got[file.Path] = fmt.Sprintf("%d %s", file.Size, file.MD5)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("the cloud is not the local tree (-local +cloud):\n%s", diff)
	}
}

// routes counts the requests since the log was last emptied, by route.
func (r *rig) routes() map[string]int {
	counts := map[string]int{}
	for _, request := range r.cloud.Requests() {
		counts[request.Route]++
	}
	r.cloud.ResetRequests()
	return counts
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRealTree backs up sources of the standard library, edits them in every way,
// and reads in the plan just those edits.
func TestRealTree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	check(t, os.CopyFS(r.root, os.DirFS(sources(t))))
	files := r.files()

	_, _, code := r.jottarun("run", "-q")
	if code != exit.CodeDone {
		t.Fatalf("the first run ended with %d", code)
	}
	r.compare()
	routes := r.routes()
	if routes["allocate"] != len(files) || routes["upload"] > len(files) {
		t.Errorf("%d new files took requests %v, want one allocate each and at most one upload", len(files), routes)
	}
	if total := sum(routes); total > 2*len(files)+5 {
		t.Errorf("%d new files took %d requests: %v", len(files), total, routes)
	}

	out, _, code := r.jottarun("run")
	if code != exit.CodeDone || !strings.Contains(out, "Nothing to do: all") {
		t.Errorf("the second run ended with %d and said %s", code, out)
	}
	if routes := r.routes(); sum(routes) != 1 || routes["liststream"] != 1 {
		t.Errorf("a run with nothing to do took requests %v, want one listing", routes)
	}

	want := r.edit(files)
	out, _, code = r.jottarun("plan", "--detailed-exitcode")
	if code != exit.CodePending {
		t.Errorf("the plan ended with %d, want %d", code, exit.CodePending)
	}
	if diff := cmp.Diff(want, planned(out)); diff != "" {
		t.Errorf("planned changes (-want +got):\n%s", diff)
	}
}

// sources returns a folder of some hundred real files.
func sources(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	check(t, err)
	path := filepath.Join(strings.TrimSpace(string(out)), "src")
	if os.Getenv("JOTTARUN_SOAK") == "" {
		path = filepath.Join(path, "net")
	}
	return path
}

// files returns the paths of all files in the root, sorted.
func (r *rig) files() []string {
	var files []string
	check(r.t, filepath.WalkDir(r.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			rel, _ := filepath.Rel(r.root, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	}))
	return files
}

// edit changes, touches, deletes and adds ten files each and renames a folder,
// and returns the plan's marks and paths for it, sorted.
func (r *rig) edit(files []string) []string {
	var want []string
	renamed := filepath.ToSlash(filepath.Dir(files[len(files)/2]))
	for _, path := range files {
		if strings.HasPrefix(path, renamed+"/") {
			want = append(want, "- "+path, "+ renamed"+strings.TrimPrefix(path, renamed))
		}
	}
	check(r.t, os.Rename(filepath.Join(r.root, renamed), filepath.Join(r.root, "renamed")))
	left := slices.DeleteFunc(slices.Clone(files), func(path string) bool { return strings.HasPrefix(path, renamed+"/") })
	if renamed == "." || len(left) < 30 {
		r.t.Fatalf("the folder %q leaves %d files to edit", renamed, len(left))
	}
	for i := range 10 {
		changed, touched, deleted := left[i], left[10+i], left[20+i]
		want = append(want, "~ "+changed, "- "+deleted, fmt.Sprintf("+ added-%d", i))
		content, err := os.ReadFile(filepath.Join(r.root, changed))
		check(r.t, err)
		flipped := append(content[:len(content):len(content)], '!')
		if i%2 == 0 && len(content) > 0 {
			flipped = slices.Clone(content) // of the same size
			flipped[0] ^= 1
		}
		check(r.t, os.WriteFile(filepath.Join(r.root, changed), flipped, 0o644))
		check(r.t, os.Chtimes(filepath.Join(r.root, touched), time.Now(), time.Now()))
		check(r.t, os.Remove(filepath.Join(r.root, deleted)))
		check(r.t, os.WriteFile(filepath.Join(r.root, fmt.Sprintf("added-%d", i)), fmt.Appendf(nil, "added %d", i), 0o644))
	}
	slices.Sort(want)
	return want
}

// planned returns the marks and paths of a printed plan, sorted.
func planned(out string) []string {
	var marks []string
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "  ") && len(fields) > 1 {
			marks = append(marks, fields[0]+" "+fields[1])
		}
	}
	slices.Sort(marks)
	return marks
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
