package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
)

// TestExamplesRun runs the examples of every command's help in a shell, with a jobs file
// and an embedded cloud that has been backed up to.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	walkCommands(newRootCommand(&app.App{Out: io.Discard, Err: io.Discard, Lookup: os.LookupEnv}), func(cmd *cobra.Command) {
		if cmd.Example == "" {
			return
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			t.Parallel()
			place := newExamplePlace(t)
			if cmd.Name() == "init" {
				check(t, os.Remove(filepath.Join(place, "jobs.yaml")))
			}
			for line := range strings.Lines(cmd.Example) {
				line = strings.TrimSpace(line)
				if needsMore(line) {
					parseExample(t, line)
					continue
				}
				runExample(t, place, strings.ReplaceAll(line, "/tmp/", "restored/"))
			}
		})
	})
}

// needsMore reports whether an example wants a person, a service or a pager, or does not
// end: then it is only parsed.
func needsMore(line string) bool {
	for _, begin := range []string{"jottarun login", "jottarun logout", "jottarun emulator", "jottarun man |"} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}

func newExamplePlace(t *testing.T) string {
	t.Helper()
	place := t.TempDir()
	for path, text := range map[string]string{
		"jobs.yaml": `version: 1
account: {service: emulator, directory: cloud}
settings: {state_dir: state}
jobs:
  pictures: {root: pictures, target: /mybox/backup/pictures}
  etc: {root: etc, target: /mybox/backup/config}
`,
		"pictures/2026/a.jpg": "a picture", "pictures/old/b.jpg": "an old picture", "etc/fstab": "none", "etc/ssh/config": "Host *",
	} {
		path = filepath.Join(place, path)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(text), 0o600))
	}
	check(t, os.Mkdir(filepath.Join(place, "restored"), 0o755))
	self, err := os.Executable()
	check(t, err)
	check(t, os.Mkdir(filepath.Join(place, "bin"), 0o755))
	check(t, os.Symlink(self, filepath.Join(place, "bin", "jottarun"))) // the scripts' harness makes it jottarun
	runExample(t, place, "jottarun run -q")
	runExample(t, place, "jottarun plan -q -o tonight.plan")
	return place
}

func runExample(t *testing.T, place, line string) {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-c", line)
	shell.Dir = place
	shell.Env = []string{"PATH=" + filepath.Join(place, "bin") + ":" + os.Getenv("PATH"), "HOME=" + place, noRaceExit}
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// parseExample demands that the command is there, and takes those flags and arguments.
func parseExample(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " <")
	line, _, _ = strings.Cut(line, " |")
	root := newRootCommand(&app.App{Out: io.Discard, Err: io.Discard})
	cmd, args, err := root.Find(strings.Fields(line)[1:])
	check(t, err)
	check(t, cmd.ParseFlags(args))
	check(t, cmd.ValidateArgs(cmd.Flags().Args()))
}

// Manual pages are well-formed: man itself has nothing to say about them.
func TestManualPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	folder := filepath.Join(r.dir, "man1")
	if _, errOut, code := r.jottarun("man", folder); code != exit.CodeDone {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	walkCommands(newRootCommand(&app.App{Out: io.Discard, Err: io.Discard}), func(cmd *cobra.Command) {
		path := filepath.Join(folder, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
		page := read(t, path)
		for _, part := range []string{".SH NAME\n", ".SH SYNOPSIS\n", ".SH OPTIONS\n", `\fB\-\-config\fR`} {
			if !strings.Contains(page, part) {
				t.Errorf("the page of %q lacks %q", cmd.CommandPath(), part)
			}
		}
		if groff, err := exec.LookPath("groff"); err == nil {
			format := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-Tutf8", path)
			var complaints bytes.Buffer
			format.Stderr = &complaints
			if err := format.Run(); err != nil || complaints.Len() > 0 {
				t.Errorf("%s: %v\n%s", cmd.CommandPath(), err, &complaints)
			}
		}
	})
	if page, _, _ := r.jottarun("man"); !strings.Contains(page, "jottarun\\-plan") || strings.Contains(page, "\n'") {
		t.Errorf("the first page is\n%s", page)
	}
}
