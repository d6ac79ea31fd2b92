package exit

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
		{Told(ErrPending), 2},
		{Told(ErrUnprotected), 3},
		{executor.ErrMaxDuration, 3},
		{Told(ErrNotRestored), 3},
		{Told(ErrDifferent), 3},
		{wrap(syscall.ENOSPC), 3},
		{wrap(planner.ErrRefused), 4},
		{Told(ErrHeldBack), 4},
		{Told(ErrStale), 5},
		{wrap(jotta.ErrUnauthorized), 10},
		{fmt.Errorf("%w: %w", jotta.ErrNoCredentials, os.ErrPermission), 10},
		{&state.LockedError{Job: "home"}, 11},
		{wrap(localfs.ErrInUse), 11},
		{wrap(jotta.ErrQuota), 13},
		{wrap(jotta.ErrWriteLocked), 13},
		{Usage(errors.New("unknown flag")), 64},
		{wrap(jotta.ErrUnavailable), 75},
		{wrap(&jotta.NoDeviceError{Device: "mybox"}), 78},
		{wrap(&jotta.NoBackupdirError{Device: "Jotta"}), 78},
		{Config(errors.New("no file")), 78},
		{config.Errors{{Msg: "unknown key"}}, 78},
		{Interrupted(os.Interrupt), 130},
		{context.Canceled, 130},
		{wrap(Interrupted(syscall.SIGTERM)), 143},
		{errors.Join(Told(ErrUnprotected)), 3},
	}
	for _, tt := range tests {
		if got := Code(tt.err); got != tt.want {
			t.Errorf("exit code of %v is %d, want %d", tt.err, got, tt.want)
		}
	}
}

// Of several jobs, the first of this list that happened decides.
func TestExitCodeOfSeveralJobs(t *testing.T) {
	t.Parallel()
	ranked := []error{
		Interrupted(syscall.SIGTERM), Config(errors.New("no file")), Usage(errors.New("unknown flag")),
		errors.New("anything"), jotta.ErrUnauthorized, jotta.ErrQuota, jotta.ErrUnavailable, planner.ErrRefused,
		&state.LockedError{}, ErrStale, ErrUnprotected, ErrPending,
	}
	for i, grave := range ranked {
		for _, slight := range ranked[i:] {
			for _, errs := range [][]error{{grave, slight}, {slight, grave}} {
				if got, want := Code(Told(errs...)), Code(grave); got != want {
					t.Errorf("exit code of %v is %d, want %d", errs, got, want)
				}
			}
		}
	}
}
