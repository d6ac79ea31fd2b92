package emulator

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRclone has an rclone that nobody has changed do what rclone does.
func TestRclone(t *testing.T) {
	r, _ := newRclone(t)
	source := r.sampleTree()
	r.run("copy", source, "jc:dir")
	mustContain(t, r.run("check", "--download", source, "jc:dir"), "0 differences found")
	if err := os.WriteFile(filepath.Join(source, "zero"), []byte("now it has some"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run("sync", "--fast-list", source, "jc:dir")
	mustContain(t, r.run("check", source, "jc:dir"), "0 differences found")
	mustContain(t, r.run("sync", "--fast-list", "-v", source, "jc:dir"), "There was nothing to transfer")
	if got := r.run("cat", "--offset", "4", "--count", "2", "jc:dir/zero"); got != "it" {
		t.Errorf("cat: %q", got)
	}
	mustContain(t, r.run("link", "jc:dir/zero"), sharePrefix)
	mustContain(t, r.run("about", "jc:"), "Used:")
	r.run("moveto", "jc:dir/zero", "jc:dir/one")
	r.run("copyto", "jc:dir/one", "jc:dir/two")
	r.run("deletefile", "jc:dir/one")
	r.run("moveto", "jc:dir/sub", "jc:new/place")
	mustContain(t, r.run("lsf", "-R", "--fast-list", "jc:"), "dir/two\n", "new/place/deep/...\n")
	r.run("purge", "jc:dir")
	r.run("cleanup", "jc:")
	mustNotContain(t, r.run("lsf", "-R", "jc:"), "dir/")
}

type rclone struct {
	t       *testing.T
	program string
	env     []string
}

// newRclone is an rclone that is signed in to an emulator, if JOTTARUN_RCLONE names
// its program. rclone goes to JottaCloud's own hosts over https; the emulator is the
// proxy that leads all of them to itself.
func newRclone(t *testing.T) (*rclone, *Server) {
	t.Helper()
	program := os.Getenv("JOTTARUN_RCLONE")
	if program == "" {
		t.Skip("JOTTARUN_RCLONE names no rclone")
	}
	options := testOptions(t)
	options.Now = time.Now // rclone checks the certificate by it
	running := startSecure(t, options)
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	s := running.Server()
	s.SetURL("https://id.jottacloud.com")
	r := &rclone{t, program, []string{
		"HTTPS_PROXY=" + running.URL, "RCLONE_CA_CERT=" + s.AuthorityFile(), "PATH=" + os.Getenv("PATH"),
		"HOME=" + t.TempDir(), "RCLONE_CONFIG=" + filepath.Join(t.TempDir(), "rclone.conf"),
	}}
	r.signIn(s)
	return r, s
}

func (r *rclone) run(arguments ...string) string {
	r.t.Helper()
	command := exec.Command(r.program, arguments...)
	command.Env = r.env
	out, err := command.CombinedOutput()
	if err != nil {
		r.t.Fatalf("rclone %q: %v\n%s", arguments, err, out)
	}
	return string(out)
}

// signIn answers what rclone asks when a remote is configured.
func (r *rclone) signIn(s *Server) {
	r.t.Helper()
	token, err := s.NewLoginToken()
	if err != nil {
		r.t.Fatal(err)
	}
	r.run("config", "create", "jc", "jottacloud", "--non-interactive")
	state := "auth_type_done"
	for _, answer := range []string{"standard", token, "true", "mybox", "backup"} {
		out := r.run("config", "update", "jc", "--non-interactive", "--continue", "--state", state, "--result", answer)
		_, rest, _ := strings.Cut(out, `"State": "`)
		state, _, _ = strings.Cut(rest, `"`)
	}
}

func (r *rclone) sampleTree() string {
	r.t.Helper()
	top := r.t.TempDir()
	for name, content := range map[string]string{
		"zero": "", "big": strings.Repeat("0123456789", 100_000), "sub/a+b & c#d;e,f 'q'.txt": "1", "sub/100%.txt": "2",
		`sub/a:b?c*d"e<f>g|h`: "3", "sub/new\nline": "4", "sub/ünï ☃ 😀": "5", "sub/trail ": "6", "sub/deep/...": "7", `sub/back\slash`: "8",
	} {
		file := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	return top
}
