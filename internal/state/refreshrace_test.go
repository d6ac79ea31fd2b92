package state_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

const (
	racers     = 8
	shortRace  = 20
	soakRace   = 200
	racerURL   = "JOTTARUN_TEST_RACER_URL"
	racerState = "JOTTARUN_TEST_RACER_STATE"
)

// TestMain makes the test binary one of the processes that race, when it is told to.
func TestMain(m *testing.M) {
	if url := os.Getenv(racerURL); url != "" {
		if err := race(url, os.Getenv(racerState)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// race waits for the start, and then makes one request with the session that all share.
func race(url, folder string) error {
	if _, err := io.ReadAll(os.Stdin); err != nil {
		return err
	}
	return requestOnce(url, folder)
}

func requestOnce(url, folder string) error {
	dir, err := state.Open(folder)
	if err != nil {
		return err
	}
	ends := jotta.Endpoints{JFS: url, API: url, Upload: url, Token: url}
	login, err := jotta.NewLogin(dir.Session("shared"), jotta.LoginOptions{Endpoints: ends})
	if err != nil {
		return err
	}
	client, err := jotta.New(jotta.Options{Endpoints: ends, Authorizer: login})
	if err != nil {
		return err
	}
	_, err = client.Account(context.Background())
	return errors.Join(err, dir.Close())
}

// Eight processes find one expired access token. One of them renews it, the others
// wait and read; the service, which ends a session whose token comes twice, never
// sees one again.
func TestProcessesShareARefresh(t *testing.T) {
	t.Parallel()
	raceRounds(t, shortRace)
}

// TestSoakProcessesShareARefresh is the same for longer.
func TestSoakProcessesShareARefresh(t *testing.T) {
	t.Parallel()
	if os.Getenv("JOTTARUN_SOAK") == "" {
		t.Skip("JOTTARUN_SOAK is not set; TestProcessesShareARefresh is its short form")
	}
	raceRounds(t, soakRace)
}

func raceRounds(t *testing.T, rounds int) {
	server, url := startEmulator(t)
	dir := openDir(t)
	signIn(t, server, url, dir.Session("shared"))
	for round := range rounds {
		if round%2 == 0 {
			expire(t, dir.Session("shared"))
		} else {
			check(t, server.ExpireAccessTokens())
		}
		server.ResetRequests()
		runRacers(t, url, dir.Path())
		if n := count(server, "token"); n != 1 {
			t.Fatalf("round %d: the token was renewed %d times", round, n)
		}
	}
	t.Logf("%d rounds of %d processes: 1 refresh each, 0 sessions ended", rounds, racers)
}

func startEmulator(t *testing.T) (*emulator.Server, string) {
	t.Helper()
	server, err := emulator.Open(emulator.Options{Directory: t.TempDir(), Username: "u1", NoSync: true})
	check(t, err)
	running, err := emulator.Start(server, "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, running.Close()) })
	return server, running.URL
}

func signIn(t *testing.T, server *emulator.Server, url string, session *state.Session) {
	t.Helper()
	text, err := server.NewLoginToken()
	check(t, err)
	token, ok := jotta.ParseLoginToken(jotta.Secret(text))
	if !ok {
		t.Fatal("the emulator's login token is none")
	}
	login, err := jotta.NewTokenLogin(session, token, jotta.LoginOptions{Endpoints: jotta.Endpoints{JFS: url}})
	check(t, err)
	check(t, login.SignIn(t.Context()))
}

// expire makes the access token one that has ended, by this machine's clock.
func expire(t *testing.T, session *state.Session) {
	t.Helper()
	kept, err := session.Load()
	check(t, err)
	kept.Expires, kept.RenewAfter = time.Now().Add(-time.Hour), time.Now().Add(-2*time.Hour)
	save(t, session, kept)
}

// runRacers starts the processes, lets them all go at once, and waits for them.
func runRacers(t *testing.T, url, folder string) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	start, hold, err := os.Pipe()
	check(t, err)
	var commands []*exec.Cmd
	var outputs []*strings.Builder
	for range racers {
		command, output := exec.Command(self), new(strings.Builder)
		command.Env = append(os.Environ(), racerURL+"="+url, racerState+"="+folder,
			"GORACE=atexit_sleep_ms=0") // the race detector would wait a second
		command.Stdin, command.Stdout, command.Stderr = start, output, output
		check(t, command.Start())
		commands, outputs = append(commands, command), append(outputs, output)
	}
	check(t, errors.Join(start.Close(), hold.Close()))
	for i, command := range commands {
		if err := command.Wait(); err != nil {
			t.Fatalf("process %d: %v\n%s", i, err, outputs[i])
		}
	}
}

func count(server *emulator.Server, route string) int {
	n := 0
	for _, request := range server.Requests() {
		if request.Route == route {
			n++
		}
	}
	return n
}
