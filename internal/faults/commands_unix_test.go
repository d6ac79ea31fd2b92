//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever files are called, the program's log and its words are lines of text.
func TestLogOfOddNames(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.spell = encoded
	l.jobsFile("", "")
	for i, name := range oddNames() {
		l.write(name, fmt.Appendf(nil, "file %d", i))
	}
	l.write("Foo", nil)
	l.write("foo", nil)
	l.mustExec(3, "NOT PROTECTED: 2 of", "plan", "--detailed-exitcode")
	l.mustExec(3, "NOT PROTECTED: 2 of", "run")
	l.mustExec(3, "NOT PROTECTED: 2 of", "plan")
}

// Of several runs of a job one goes on, and the others say which.
func TestRunsAtTheSameTime(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile("", "")
	refused := 0
	for round := range times(2, 25) {
		l.write("file", fmt.Appendf(nil, "content of round %d", round))
		var processes []*process
		for range 4 {
			processes = append(processes, l.start(l.command("run")))
		}
		ended := map[int]int{}
		for _, p := range processes {
			code := l.wait(p)
			ended[code]++
			// Who it is may not be known yet, right after the start.
			if code == 11 && !strings.Contains(p.said(), `job "job" is already running`) {
				t.Errorf("it does not say why:\n%s", p.said())
			}
		}
		if ended[0] == 0 || ended[0]+ended[11] != 4 {
			t.Errorf("they ended with %v", ended)
		}
		refused += ended[11]
		if n := len(l.requests("upload")); n != round+1 {
			t.Errorf("round %d: %d uploads in all", round, n)
		}
	}
	// While a run holds the lock all others are refused, and its end frees it.
	l.write("file", []byte("the last content"))
	l.door.with(delayedUploads(patience))
	first := l.start(l.command("run"))
	l.await("allocate", times(2, 25)+1)
	l.mustExec(11, fmt.Sprintf("pid %d ", first.Process.Pid), "run")
	check(t, first.Process.Signal(syscall.SIGKILL))
	l.wait(first)
	l.door.calm()
	l.mustExec(0, "", "run")
	l.mustConverge()
	t.Logf("figures: %d runs refused while another was going on", refused+1)
}

// Targets and roots that hold one another are refused before anything is asked.
func TestJobsThatOverlap(t *testing.T) {
	t.Parallel()
	for name, job := range map[string]string{
		"the same target":    "}\n  two: {root: other, target: " + target,
		"the same, by case":  "}\n  two: {root: other, target: " + strings.ToUpper(target),
		"a target within":    "}\n  two: {root: other, target: " + target + "/sub",
		"a target around it": "}\n  two: {root: other, target: " + filepath.Dir(target),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.jobsFile("", job)
			check(t, os.Mkdir(filepath.Join(l.dir, "other"), 0o755))
			l.mustExec(78, "jobs.yaml:", "run")
			if n := len(l.requests("")); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// An exclude rule that hides what was uploaded deletes nothing, nor does one that hides
// all, nor another name for the job.
func TestRulesThatHideWhatWasUploaded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile("", "")
	l.fill(20, 25)
	l.mustExec(0, "Done: 20 uploaded", "run")
	before := l.cloud()
	for _, exclude := range []string{`"file 1*"`, `"/[0-1]/"`} {
		l.jobsFile("", fmt.Sprintf(", exclude: [%s]", exclude))
		said := l.mustExec(0, "kept", "run")
		if !strings.Contains(said, "excluded by") {
			t.Errorf("it does not say what hides them:\n%s", said)
		}
	}
	for _, exclude := range []string{`"*"`, `"**"`, `"/[0-9]/"`} {
		l.jobsFile("", fmt.Sprintf(", exclude: [%s]", exclude))
		l.mustExec(4, "has nothing in it that the rules do not exclude", "run")
	}
	l.jobsFile("", "}\n  renamed: {root: root, target: /mybox/elsewhere")
	l.mustExec(0, "Nothing to do", "run", "job")
	l.jobsFile("", "")
	l.mustConverge()
	if after := l.cloud(); len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

// Names that differ in case only between here and the cloud are one file; where the one
// has a file and the other a folder, both keep what they have and it is told.
func TestCaseAndKindDiffer(t *testing.T) {
	t.Parallel()
	for _, prune := range []string{"", ", prune: trash, max_prune: 100%"} {
		t.Run(prune, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.jobsFile("", prune)
			l.differ()
		})
	}
}

func (l *lab) differ() {
	t := l.t
	t.Helper()
	l.write("Foo", []byte("foo"))
	l.write("Folder/Inner", []byte("inner"))
	l.write("was a file", []byte("a file"))
	l.write("was a folder/x", []byte("x"))
	l.mustExec(0, "Done: 4 uploaded", "run")
	check(t, os.Rename(l.path("Foo"), l.path("foo")))
	check(t, os.Rename(l.path("Folder"), l.path("FOLDER")))
	check(t, os.Rename(l.path("FOLDER/Inner"), l.path("FOLDER/INNER")))
	l.mustExec(0, "Nothing to do: all 4 files", "run")
	check(t, os.WriteFile(l.path("foo"), []byte("other content"), 0o644))
	l.remember("Foo", []byte("other content"))
	l.mustExec(0, "1 replaced", "run")
	check(t, os.Remove(l.path("was a file")))
	check(t, os.RemoveAll(l.path("was a folder")))
	l.write("was a file/now within", []byte("within"))
	l.write("was a folder", []byte("now a file"))
	said := l.mustExec(3, "NOT PROTECTED: 1 of 3 files, and 1 folder", "run")
	for _, words := range []string{"a folder here, but a file in the cloud", "a file here, but a folder in the cloud"} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not say %q:\n%s", words, said)
		}
	}
	if held := l.cloud(); len(held) != 4 || held["Foo"] == "" || held["Folder/Inner"] == "" || held["was a file"] == "" || held["was a folder/x"] == "" {
		t.Errorf("the cloud has %v", held)
	}
}
