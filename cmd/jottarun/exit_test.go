package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	wrap := func(err error) error { return fmt.Errorf("job %q: %w", "home", err) }
	tests := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("anything"), 1},
		{&toldError{jobErrors{errPending}}, 2},
		{&toldError{jobErrors{errUnprotected}}, 3},
		{executor.ErrMaxDuration, 3},
		{&toldError{jobErrors{errNotRestored}}, 3},
		{&toldError{jobErrors{errDifferent}}, 3},
		{wrap(syscall.ENOSPC), 3},
		{wrap(planner.ErrRefused), 4},
		{&toldError{jobErrors{errHeldBack}}, 4},
		{&toldError{jobErrors{errStale}}, 5},
		{wrap(jotta.ErrUnauthorized), 10},
		{fmt.Errorf("%w: %w", jotta.ErrNoCredentials, os.ErrPermission), 10},
		{&state.LockedError{Job: "home"}, 11},
		{wrap(localfs.ErrInUse), 11},
		{wrap(jotta.ErrQuota), 13},
		{wrap(jotta.ErrWriteLocked), 13},
		{usageError{errors.New("unknown flag")}, 64},
		{wrap(jotta.ErrUnavailable), 75},
		{wrap(&jotta.NoDeviceError{Device: "mybox"}), 78},
		{wrap(&jotta.NoBackupdirError{Device: "Jotta"}), 78},
		{configError{errors.New("no file")}, 78},
		{config.Errors{{Msg: "unknown key"}}, 78},
		{&interruptError{os.Interrupt}, 130},
		{context.Canceled, 130},
		{wrap(&interruptError{syscall.SIGTERM}), 143},
		{errors.Join(&toldError{jobErrors{errUnprotected}}), 3},
	}
	for _, tt := range tests {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("exit code of %v is %d, want %d", tt.err, got, tt.want)
		}
	}
}

// Of several jobs, the first of this list that happened decides.
func TestExitCodeOfSeveralJobs(t *testing.T) {
	t.Parallel()
	ranked := []error{
		&interruptError{syscall.SIGTERM}, configError{errors.New("no file")}, usageError{errors.New("unknown flag")},
		errors.New("anything"), jotta.ErrUnauthorized, jotta.ErrQuota, jotta.ErrUnavailable, planner.ErrRefused,
		&state.LockedError{}, errStale, errUnprotected, errPending,
	}
	for i, grave := range ranked {
		for _, slight := range ranked[i:] {
			for _, errs := range []jobErrors{{grave, slight}, {slight, grave}} {
				if got, want := exitCode(told(errs)), exitCode(grave); got != want {
					t.Errorf("exit code of %v is %d, want %d", []error(errs), got, want)
				}
			}
		}
	}
}
