//go:build unix

package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jottarun/jottarun/config"
)

const stranger = 12345

// TestFilesOthersCouldWrite changes mode and owner of a jobs file and of the
// pattern file it names. Only root can give a file away; others check the mode.
func TestFilesOthersCouldWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mode     os.FileMode
		uid, gid int
		asRoot   bool
		want     string
	}{
		"mine":                     {0o600, -1, -1, false, ""},
		"readable by all":          {0o644, -1, -1, false, ""},
		"writable by all":          {0o646, -1, -1, false, "can be written by everyone (mode 0646); type: chmod o-w "},
		"a stranger's":             {0o600, stranger, -1, true, "belongs to user 12345, not to root or to you; type: chown 0 "},
		"writable by root's group": {0o660, -1, 0, true, ""},
		"writable by a group":      {0o660, -1, stranger, true, "can be written by group 12345 (mode 0660) and is read as root; type: chmod g-w "},
		"readable by a group":      {0o640, -1, stranger, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []string{"jobs.yaml", "excludes.txt"} {
				jobs := write(t, "version: 1\njobs: {a: {root: /a, target: /m/b, exclude_from: excludes.txt}}")
				excludes := filepath.Join(filepath.Dir(jobs), "excludes.txt")
				if err := os.WriteFile(excludes, []byte("*.tmp\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(filepath.Dir(jobs), file)
				if err := os.Chmod(path, test.mode); err != nil {
					t.Fatal(err)
				}
				err := os.Chown(path, test.uid, test.gid)
				if test.asRoot && os.Geteuid() != 0 {
					if err == nil {
						t.Error("an ordinary user gave a file away")
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				expectRefusal(t, jobs, test.want)
			}
		})
	}
}

// TestWhatIsNoFile must end at once, a fifo without a writer included.
func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, folder, "has no *.yaml in it")
	expectRefusal(t, fifo, "is not a regular file")
	expectRefusal(t, "/dev/null", "is not a regular file")
	for path, want := range map[string]string{fifo: "is not a regular file", folder: "is a folder, not a file"} {
		jobs := write(t, "version: 1\njobs: {a: {root: /a, target: /m/b, exclude_from: "+path+"}}")
		expectRefusal(t, jobs, want)
	}
}

// Who may add a jobs file to a folder of them decides what is run.
func TestFolderThatOthersCanWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	jobs := filepath.Join(folder, "jobs.yaml")
	if err := os.WriteFile(jobs, []byte("version: 1\njobs: {a: {root: /a, target: /m/b}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(folder, testEnv()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, folder, "can be written by everyone")
}

func expectRefusal(t *testing.T, path, want string) {
	t.Helper()
	_, err := config.Load(path, testEnv())
	switch {
	case want == "" && err != nil:
		t.Errorf("Load = %v, want no error", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("Load = %v, want %q", err, want)
	}
}
