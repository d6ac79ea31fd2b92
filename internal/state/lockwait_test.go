package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/state"
)

// The clock of these tests stands still while anything is busy: a loop that does not
// wait would never end.

func TestWaitingForALock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		held, wait, took time.Duration
	}{
		{"it is free", 0, time.Minute, 0},
		{"it becomes free", 3 * time.Second, time.Minute, 3 * time.Second},
		{"it becomes free just before the end", 140 * time.Millisecond, 150 * time.Millisecond, 150 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				one, two := lockDir(t, path), lockDir(t, path)
				var holder conc.WaitGroup
				defer holder.Wait()
				if c.held > 0 {
					held := mustLock(t, one, "home")
					holder.Go(func() {
						time.Sleep(c.held)
						if err := held.Unlock(); err != nil {
							t.Error(err)
						}
					})
				}
				called := time.Now()
				var told []bool
				lock, err := two.LockWait(t.Context(), "home", since.Add(-c.took), state.Patience{
					Wait: c.wait, Tell: func(held *state.LockedError) { told = append(told, held != nil) },
				})
				if err != nil {
					t.Fatal(err)
				}
				if want := c.held > 0; want != slices.Equal(told, []bool{true, false}) || !want && told != nil {
					t.Errorf("told was %v", told)
				}
				if took := time.Since(called); took < c.took || took > c.took+100*time.Millisecond {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				mustBeHeldSince(t, one, since.Add(time.Since(called)-c.took))
				if err := lock.Unlock(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// mustBeHeldSince checks the time that a holder gives: when it got the lock, not when it
// began to wait.
func mustBeHeldSince(t *testing.T, dir *state.Dir, want time.Time) {
	t.Helper()
	_, err := dir.Lock("home", time.Time{})
	locked, ok := errors.AsType[*state.LockedError](err)
	if !ok || !locked.Holder.Since.Equal(want) {
		t.Errorf("%#v, want it held since %v", err, want)
	}
}

func TestWaitingInVain(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	for _, wait := range []time.Duration{-time.Second, 0, time.Millisecond, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			dir := lockDir(t, path)
			held := mustLock(t, dir, "home")
			called := time.Now()
			_, err := dir.LockWait(t.Context(), "home", since, state.Patience{Wait: wait})
			locked, ok := errors.AsType[*state.LockedError](err)
			if !ok || locked.Job != "home" || locked.Holder.PID != os.Getpid() {
				t.Errorf("%v: error %#v", wait, err)
			}
			if took := time.Since(called); took != max(0, wait) {
				t.Errorf("%v: it took %v", wait, took)
			}
			if err := held.Unlock(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWaitingEndsWithTheRun(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		dir := lockDir(t, path)
		held := mustLock(t, dir, "home")
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, interrupted)
		defer cancel()
		called := time.Now()
		if _, err := dir.LockWait(ctx, "home", since, state.Patience{Wait: time.Hour}); !errors.Is(err, interrupted) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(called); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if err := held.Unlock(); err != nil {
			t.Error(err)
		}
	})
}

// A run that was told to end learns who holds the lock where it did not want to wait.
func TestNotWaitingHasOneOutcome(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	held := mustLock(t, dir, "home")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 30 {
		_, err := dir.LockWait(ctx, "home", since, state.Patience{})
		if _, locked := errors.AsType[*state.LockedError](err); !locked {
			t.Fatalf("error %v", err)
		}
	}
	check(t, held.Unlock())
}

// What time does not mend is not waited for.
func TestALockThatCannotBeTakenIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "locks"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		called := time.Now()
		_, err := lockDir(t, path).LockWait(t.Context(), "home", since, state.Patience{Wait: time.Hour})
		if _, locked := errors.AsType[*state.LockedError](err); err == nil || locked || time.Since(called) > 0 {
			t.Errorf("error %v after %v", err, time.Since(called))
		}
	})
}
