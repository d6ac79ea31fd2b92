package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// A service that does not give older content back says so, and nothing is left behind.
func TestOlderContentThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, content := range []string{"first", "second"} {
		r.put("a", content)
		if _, errOut, code := r.jottarun("run"); code != exit.CodeDone {
			t.Fatalf("exit code %d: %s", code, errOut)
		}
	}
	back := filepath.Join(r.dir, "back")
	r.cloud.Inject(emulator.Fault{Route: "cphash", Status: 404, Times: 10})
	out, errOut, code := r.jottarun("restore", "home", "a", "--revision", "1", "--to", back)
	if code != exit.CodeUnprotected || !strings.Contains(errOut, `"a": `) || !strings.Contains(errOut, "does not give content back by its MD5") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
	r.cloud.ClearFaults()
	if _, _, code := r.jottarun("restore", "home", "a", "--revision", "1", "--to", back); code != exit.CodeDone {
		t.Errorf("exit code %d", code)
	}
	for _, file := range r.cloud.Tree("/mybox/backup/home") {
		if file.Path != "a" {
			t.Errorf("%q is left in the cloud", file.Path)
		}
	}
}
