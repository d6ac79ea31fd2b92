package state_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// A process that is killed while its refresh token is on the way leaves a note of it:
// the next one does not send the token again, and the service ends no session.
func TestKilledWhileTheTokenIsOnItsWay(t *testing.T) {
	t.Parallel()
	server, url := startEmulator(t)
	dir := openDir(t)
	session := dir.Session("shared")
	signIn(t, server, url, session)
	expire(t, session)
	before, err := session.Load()
	check(t, err)
	server.ResetRequests()
	server.Inject(emulator.Fault{Route: "token", Delay: time.Second})

	self, err := os.Executable()
	check(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), racerURL+"="+url, racerState+"="+dir.Path())
	check(t, command.Start())
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for after := before; after.State != jotta.SessionSent || count(server, "token") == 0; {
		<-ticker.C
		after, err = session.Load()
		check(t, err)
	}
	check(t, command.Process.Kill())
	if command.Wait() == nil {
		t.Fatal("the process was not killed")
	}

	after, err := session.Load()
	check(t, err)
	if after.State != jotta.SessionSent || after.RefreshToken != before.RefreshToken {
		t.Errorf("the session is %q", after.State)
	}
	for range 2 {
		if err := requestOnce(url, dir.Path()); !errors.Is(err, jotta.ErrLoginLost) {
			t.Errorf("the next process got %v", err)
		}
	}
	if n := count(server, "token"); n != 1 {
		t.Errorf("the token was sent %d times", n)
	}
}
