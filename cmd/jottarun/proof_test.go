package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// A cloud that says it has a file, and does not list it, is not believed.
func TestRunIsProvedByAListing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	check(t, os.WriteFile(filepath.Join(r.root, "kept"), []byte("kept"), 0o644))
	check(t, os.WriteFile(filepath.Join(r.root, "lost"), []byte("lost"), 0o644))
	r.cloud.Inject(emulator.Fault{Route: "allocate", Path: "lost", Status: 200, Body: `{"state":"COMPLETED","bytes":4}`})
	out, errOut, code := r.jottarun("run")
	if code != exit.CodeUnprotected {
		t.Errorf("exit code %d, want %d", code, exit.CodeUnprotected)
	}
	if want := `not proved in job "home": "lost": not in the cloud's listing after the run; run again`; !strings.Contains(errOut, want) {
		t.Errorf("standard error lacks %q:\n%s", want, errOut)
	}
	if !strings.Contains(out, "NOT PROTECTED: 1 of 2 files") {
		t.Errorf("the verdict does not say what is not protected:\n%s", out)
	}
	if out, _, code := r.jottarun("run"); code != exit.CodeDone || !strings.Contains(out, "Done: 1 uploaded") {
		t.Errorf("the next run ended with %d:\n%s", code, out)
	}
	if unhit := r.cloud.UnhitFaults(); len(unhit) > 0 {
		t.Errorf("faults that never struck: %v", unhit)
	}
	r.compare()
}

// Where the proof cannot be had, the run does not end well.
func TestRunWithoutProof(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	check(t, os.WriteFile(filepath.Join(r.root, "a"), []byte("a"), 0o644))
	r.cloud.Inject(emulator.Fault{Route: "liststream", Nth: 2, Status: 403})
	out, errOut, code := r.jottarun("run")
	if code != exit.CodeUnforeseen || !strings.Contains(errOut, `job "home": prove: list "/mybox/backup/home"`) {
		t.Errorf("exit code %d, want %d; it said:\n%s", code, exit.CodeUnforeseen, errOut)
	}
	if !strings.Contains(out, "BROKEN OFF: 1 job. 1 uploaded") {
		t.Errorf("the verdict is:\n%s", out)
	}
	if unhit := r.cloud.UnhitFaults(); len(unhit) > 0 {
		t.Errorf("faults that never struck: %v", unhit)
	}
}
