//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// damage changes one byte of the content that the cloud keeps under an MD5.
func (l *lab) damage(sum [16]byte, at int64) {
	l.t.Helper()
	path := filepath.Join(l.dir, "cloud", "content", fmt.Sprintf("%x", sum[:1]), fmt.Sprintf("%x", sum))
	content, err := os.ReadFile(path)
	check(l.t, err)
	content[at%int64(len(content))] ^= 0x10
	check(l.t, os.WriteFile(path, content, 0o600))
}

// The cloud gives other bytes under the right metadata: every such file is named by a
// verify that downloads, and none gets its name in a restore. A run, and a verify that
// only reads here, cannot know.
func TestSilentDamageInTheCloud(t *testing.T) {
	t.Parallel()
	const files, damaged = 200, 50
	l := newLab(t)
	l.jobsFile(", uploads: 8", "")
	l.fill(files, 1)
	l.mustExec(0, "", "run", "-q")
	roll := dice(seeds(t, 1, 1)[0])
	want := map[string]bool{}
	for _, i := range roll.Perm(files)[:damaged] {
		name := fmt.Sprintf("%d/file %d", i%7, i)
		want[name] = true
		l.damage(sumOf(t, l.path(name)), roll.Int64N(1000))
	}
	l.mustExec(0, "Nothing to do", "run")
	l.mustExec(0, "Verified: 200 files", "verify")
	said := l.mustExec(3, fmt.Sprintf("DAMAGED IN THE CLOUD: %d files.", damaged), "verify", "--download")
	found := strings.Count(said, "silently damaged in the cloud")
	for name := range want {
		if !strings.Contains(said, "! "+name+" ") {
			t.Errorf("%q is not named", name)
		}
	}
	if found != damaged {
		t.Errorf("%d named as damaged, want %d", found, damaged)
	}
	l.mustExec(0, "Nothing to do", "run")
	l.mustExec(3, fmt.Sprintf("found %d files damaged in the cloud", damaged), "status", "--max-age", "1h")
	l.mustExec(3, fmt.Sprintf("NOT RESTORED: %d of %d files.", damaged, files), "restore", "job", "--to", filepath.Join(l.dir, "back"))
	for name := range want {
		if _, err := os.Lstat(filepath.Join(l.dir, "back", name)); err == nil {
			t.Errorf("%q was restored", name)
		}
	}
	t.Logf("figures: %d of %d silently damaged files found by verify --download", found, damaged)
}
