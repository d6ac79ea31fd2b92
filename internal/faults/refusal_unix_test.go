//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"testing"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// What the service refuses for good is asked once, told in words, and has the exit
// code of its kind.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	type refusal struct {
		route   string
		status  int
		errorID string
		code    int
		words   string
	}
	refusals := []refusal{
		{"allocate", 460, "", 13, "quota exceeded"},
		{"allocate", 403, "QuotaExceededException", 13, "quota exceeded"},
		{"allocate", 403, "AccountWriteLockedException", 13, "locked for writing"},
		{"allocate", 401, "", 10, "sign-in refused"},
		{"upload", 401, "", 10, "sign-in refused"},
		{"liststream", 401, "", 10, "sign-in refused"},
		{"upload", 416, "", 3, "server code 416"},
	}
	refusals = append(refusals, refusal{"allocate", 404, "NoSuchPathException", 3, "server code 404"},
		refusal{"upload", 404, "", 3, "server code 404"})
	for _, status := range []int{400, 403, 409, 413} {
		for _, route := range []string{"allocate", "upload"} {
			refusals = append(refusals, refusal{route, status, "", 3, fmt.Sprintf("server code %d", status)})
		}
	}
	for _, status := range []int{403, 409, 413} { // after a 400 an older way of listing is tried
		refusals = append(refusals, refusal{"liststream", status, "", 1, fmt.Sprintf("server code %d", status)})
	}
	for _, tt := range refusals {
		t.Run(fmt.Sprint(tt.route, " ", tt.status, tt.errorID), func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.jobsFile(", uploads: 1", "")
			l.write("file", []byte("content"))
			l.server.Inject(emulator.Fault{Route: tt.route, Status: tt.status, ErrorID: tt.errorID, Probability: 1})
			l.mustExec(tt.code, tt.words, "run")
			if n := len(l.requests(tt.route)); n != 1 {
				t.Errorf("it was asked %d times", n)
			}
			l.mustHaveStruck()
			l.mustExec(0, "Done: 1 uploaded", "run")
			l.mustConverge()
		})
	}
}

// A full or locked account stops the run: after the first refusal nothing new is
// started, and what had been sent stays.
func TestAccountThatTakesNoMore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		limit func(*emulator.Server, bool) error
		words string
	}{
		{"quota", func(s *emulator.Server, on bool) error { return s.SetQuota(map[bool]int64{true: 3000, false: -1}[on]) }, "quota exceeded"},
		{"write lock", func(s *emulator.Server, on bool) error { return s.SetWriteLocked(on) }, "locked for writing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.jobsFile(", uploads: 2", "")
			for i := range 50 {
				l.write(fmt.Sprintf("%02d", i), bytesOf(uint64(i), 200))
			}
			check(t, tt.limit(l.server, true))
			said := l.mustExec(13, tt.words, "run")
			refused := 0
			for _, r := range append(l.requests("allocate"), l.requests("upload")...) { // two may fit one by one
				if r.Status >= 400 {
					refused++
				}
			}
			if refused < 1 || refused > 2 {
				t.Errorf("%d requests were refused, want one for each file in flight; it said:\n%s", refused, said)
			}
			check(t, tt.limit(l.server, false))
			l.mustExec(0, "Done", "run")
			l.mustConverge()
		})
	}
}

// An access token that has ended is renewed once, whoever notices; one that nobody
// renews any more ends the run with what to type.
func TestSessionThatEnds(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile("", "")
	token, err := l.server.NewLoginToken()
	check(t, err)
	run := func(code int, words string) {
		t.Helper()
		l.server.ResetRequests()
		cmd := l.command("run")
		cmd.Env = append(cmd.Env, "JOTTACLOUD_PASSWORD="+token)
		p := l.start(cmd)
		if got := l.wait(p); got != code || !contains(p.said(), words) {
			t.Errorf("ended with %d, want %d and %q; it said:\n%s", got, code, words, p.said())
		}
		if contains(p.said(), token) {
			t.Error("the login token is to be seen")
		}
	}
	rounds := times(3, 50)
	for i := range rounds {
		l.write(fmt.Sprint("file ", i), bytesOf(uint64(i), 1000))
		if i > 0 {
			check(t, l.server.ExpireAccessTokens())
		}
		run(0, "Done: 1 uploaded")
		if n := len(l.requests("token")); n != 1 {
			t.Errorf("the session was renewed %d times", n)
		}
	}
	check(t, l.server.RevokeSessions())
	l.write("late", []byte("late"))
	run(10, "jottarun login")
	if n := len(l.requests("token")); n > 1 {
		t.Errorf("a session that was ended was asked for %d times", n)
	}
	l.mustConverge()
	t.Logf("figures: %d ended access tokens, 1 refresh each", rounds-1)
}
