package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"syscall"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// Exit codes; docs/exit-codes.md says what they mean.
const (
	codeDone        = 0
	codeUnforeseen  = 1
	codePending     = 2
	codeUnprotected = 3
	codeRefused     = 4
	codeStale       = 5
	codeSignIn      = 10
	codeLocked      = 11
	codeQuota       = 13
	codeUsage       = 64
	codeInternal    = 70
	codeUnavailable = 75
	codeConfig      = 78
	codeInterrupted = 130
	codeTerminated  = 143
)

var (
	errPending     = errors.New("changes are pending")
	errUnprotected = errors.New("some files are not protected")
	errDifferent   = errors.New("some files are not as in the cloud")
	errNotRestored = errors.New("some files were not brought back")
	errStale       = errors.New("the saved plan does not hold")
	errHeldBack    = errors.New("max_prune holds the pruning back")
)

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// configError is a jobs file that cannot be used.
type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

// interruptError says that a signal ended the run.
type interruptError struct{ signal os.Signal }

func (e *interruptError) Error() string { return "interrupted: " + e.signal.String() }

// jobErrors are what kept several jobs, each by itself, from ending well.
type jobErrors []error

func (e jobErrors) Error() string { return errors.Join(e...).Error() }

func (e jobErrors) Unwrap() []error { return e }

// exitCode is the code for what came of a command. Of what happened to several
// jobs, the gravest decides.
func exitCode(err error) int {
	if err == nil {
		return codeDone
	}
	if jobs, ok := errors.AsType[jobErrors](err); ok {
		var codes []int
		for _, e := range jobs {
			codes = append(codes, exitCode(e))
		}
		return gravest(codes)
	}
	return singleCode(err)
}

// gravest picks the code that says most about several jobs.
func gravest(codes []int) int {
	order := []int{
		codeInterrupted, codeTerminated, codeInternal, codeConfig, codeUsage, codeUnforeseen, codeSignIn,
		codeQuota, codeUnavailable, codeRefused, codeLocked, codeStale, codeUnprotected, codePending,
	}
	for _, code := range order {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return codeDone
}

func singleCode(err error) int {
	if interrupt, ok := errors.AsType[*interruptError](err); ok {
		if interrupt.signal == syscall.SIGTERM {
			return codeTerminated
		}
		return codeInterrupted
	}
	_, usage := errors.AsType[usageError](err)
	_, locked := errors.AsType[*state.LockedError](err)
	_, noDevice := errors.AsType[*jotta.NoDeviceError](err)
	_, noBackupdir := errors.AsType[*jotta.NoBackupdirError](err)
	switch {
	case usage:
		return codeUsage
	case isConfig(err), noDevice, noBackupdir:
		return codeConfig
	case errors.Is(err, jotta.ErrUnauthorized), errors.Is(err, jotta.ErrNoCredentials):
		return codeSignIn
	case errors.Is(err, jotta.ErrHostNotAllowed):
		return codeConfig
	case errors.Is(err, jotta.ErrQuota), errors.Is(err, jotta.ErrWriteLocked):
		return codeQuota
	case errors.Is(err, jotta.ErrUnavailable):
		return codeUnavailable
	case errors.Is(err, planner.ErrRefused), errors.Is(err, errHeldBack):
		return codeRefused
	case locked, errors.Is(err, emulator.ErrInUse), errors.Is(err, localfs.ErrInUse):
		return codeLocked
	case errors.Is(err, errStale):
		return codeStale
	case errors.Is(err, errUnprotected), errors.Is(err, errNotRestored), errors.Is(err, errDifferent), errors.Is(err, executor.ErrMaxDuration), localfs.IsFull(err):
		return codeUnprotected
	case errors.Is(err, errPending):
		return codePending
	case errors.Is(err, context.Canceled):
		return codeInterrupted
	}
	return codeUnforeseen
}

func isConfig(err error) bool {
	_, inFile := errors.AsType[config.Errors](err)
	_, other := errors.AsType[configError](err)
	_, account := errors.AsType[*signin.OptionsError](err)
	return inFile || other || account
}
