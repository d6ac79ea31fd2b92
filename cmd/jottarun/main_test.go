package main

import (
	"flag"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jottarun/jottarun/internal/state"
)

var update = flag.Bool("update", false, "write what was got into the scripts")

// TestMain makes the test binary jottarun itself when a script runs it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jottarun": main})
}

// TestScript runs the scripts in testdata/script, each in a folder of its own.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     cmdCode,
			"fill":     cmdFill,
			"freeport": cmdFreePort,
			"hold":     cmdHold,
		},
	})
}

// noRaceExit keeps the race detector from waiting a second before each process ends.
const noRaceExit = "GORACE=atexit_sleep_ms=0"

// setupScript gives a script a home and a state folder of its own, and nothing of
// the caller's environment.
func setupScript(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("STATE_DIRECTORY", filepath.Join(env.WorkDir, ".state"))
	env.Setenv("TZ", "UTC")
	env.Vars = append(env.Vars, noRaceExit)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	for _, name := range []string{"JOTTACLOUD_USERNAME", "JOTTACLOUD_PASSWORD", "JOTTARUN_CONFIG", "NETRC", "NO_COLOR"} {
		env.Vars = append(env.Vars, name+"=")
	}
	unset := env.Vars[:0]
	for _, v := range env.Vars {
		if !strings.HasSuffix(v, "=") {
			unset = append(unset, v)
		}
	}
	env.Vars = unset
	return nil
}

// cmdCode runs jottarun and demands an exit code: code 3 run -c jobs.yaml.
func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: code N [argument...]")
	}
	err := ts.Exec("jottarun", args[1:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("run jottarun: %v", err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// cmdFill makes a file of so many bytes: fill FILE N.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("x", n)), 0o644))
}

// cmdFreePort puts an address on loopback that nobody listens on into the
// environment: freeport VARIABLE.
func cmdFreePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport VARIABLE")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], listener.Addr().String())
	ts.Check(listener.Close())
}

// cmdHold takes the lock of a job until the script ends: hold JOB.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold JOB")
	}
	dir, err := state.Open(ts.Getenv("STATE_DIRECTORY"))
	ts.Check(err)
	lock, err := dir.Lock(args[0], time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	ts.Check(err)
	ts.Defer(func() {
		ts.Check(lock.Unlock())
		ts.Check(dir.Close())
	})
}
