package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRclone compares a run with nothing to do with an rclone that finds the same
// out, if JOTTARUN_RCLONE names its program. Both talk to the same cloud over TLS.
func BenchmarkRclone(b *testing.B) {
	program := os.Getenv("JOTTARUN_RCLONE")
	if program == "" {
		b.Skip("JOTTARUN_RCLONE names no rclone")
	}
	token := filepath.Join(b.TempDir(), "token")
	at := newBackup(b, build(b), *files, 1024, "--tls", "--login-token-file", token)
	r := newRclone(b, program, at, token)
	check := func() *exec.Cmd { return r.command("check", "--checksum", "--fast-list", "-q", at.tree, "jc:tree") }
	at.settle(b)
	b.Run("known", func(b *testing.B) {
		ours, theirs := compare(b, 5, at.command, check)
		Figure{Unit: "s", Ours: ours.wall, Baseline: theirs.wall, AtMost: 0.125}.Report(b)
		b.ReportMetric(ours.cpu/theirs.cpu, "cpu-ratio")
	})
	b.Run("all-read", func(b *testing.B) {
		unknown := func() *exec.Cmd {
			must(b, os.RemoveAll(at.state))
			return at.command()
		}
		ours, theirs := compare(b, 3, unknown, check)
		Figure{Unit: "s", Ours: ours.wall, Baseline: theirs.wall, AtMost: 0.5}.Report(b)
		b.ReportMetric(ours.cpu/theirs.cpu, "cpu-ratio")
	})
}

// rclone is one that is signed in. The hosts that it knows lead to the emulator, which
// is their proxy.
type rclone struct {
	program string
	env     []string
}

func newRclone(b *testing.B, program string, at *backup, token string) *rclone {
	b.Helper()
	home := b.TempDir()
	r := &rclone{program, append(os.Environ(),
		"HTTPS_PROXY="+at.cloud.url, "RCLONE_CA_CERT="+at.cloud.authority(), "SSL_CERT_FILE="+at.cloud.authority(),
		"HOME="+home, "RCLONE_CONFIG="+filepath.Join(home, "rclone.conf"),
	)}
	secret, err := os.ReadFile(token)
	must(b, err)
	r.run(b, "config", "create", "jc", "jottacloud", "--non-interactive")
	state := "auth_type_done"
	for _, answer := range []string{"standard", strings.TrimSpace(string(secret)), "true", "mybox", "backup"} {
		out := r.run(b, "config", "update", "jc", "--non-interactive", "--continue", "--state", state, "--result", answer)
		_, rest, _ := strings.Cut(out, `"State": "`)
		state, _, _ = strings.Cut(rest, `"`)
	}
	return r
}

func (r *rclone) command(arguments ...string) *exec.Cmd {
	command := exec.Command(r.program, arguments...)
	command.Env = r.env
	return command
}

func (r *rclone) run(b *testing.B, arguments ...string) string {
	b.Helper()
	out, err := r.command(arguments...).CombinedOutput()
	if err != nil {
		b.Fatalf("rclone %q: %v\n%s", arguments, err, out)
	}
	return string(out)
}
