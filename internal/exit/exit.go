// Package exit chooses the exit code from what came of a command. It knows the errors of
// every other package; what to say of them is not its business.
package exit

import (
	"context"
	"errors"
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

// The exit codes; docs/exit-codes.md says what they mean.
const (
	CodeDone        = 0
	CodeUnforeseen  = 1
	CodePending     = 2
	CodeUnprotected = 3
	CodeRefused     = 4
	CodeStale       = 5
	CodeSignIn      = 10
	CodeLocked      = 11
	CodeQuota       = 13
	CodeUsage       = 64
	CodeInternal    = 70
	CodeUnavailable = 75
	CodeConfig      = 78
	CodeInterrupted = 130
	CodeTerminated  = 143
)

// Code is the exit code for what came of a command. Of what happened to several jobs, the
// gravest decides.
func Code(err error) int {
	if err == nil {
		return CodeDone
	}
	if jobs, ok := errors.AsType[*toldError](err); ok {
		var codes []int
		for _, e := range jobs.errs {
			codes = append(codes, Code(e))
		}
		return gravest(codes)
	}
	return singleCode(err)
}

// gravest picks the code that says most about several jobs.
func gravest(codes []int) int {
	order := []int{
		CodeInterrupted, CodeTerminated, CodeInternal, CodeConfig, CodeUsage, CodeUnforeseen, CodeSignIn,
		CodeQuota, CodeUnavailable, CodeRefused, CodeLocked, CodeStale, CodeUnprotected, CodePending,
	}
	for _, code := range order {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return CodeDone
}

func singleCode(err error) int {
	if interrupt, ok := errors.AsType[*interruptError](err); ok {
		if interrupt.signal == syscall.SIGTERM {
			return CodeTerminated
		}
		return CodeInterrupted
	}
	_, usage := errors.AsType[usageError](err)
	_, locked := errors.AsType[*state.LockedError](err)
	_, noDevice := errors.AsType[*jotta.NoDeviceError](err)
	_, noBackupdir := errors.AsType[*jotta.NoBackupdirError](err)
	switch {
	case usage:
		return CodeUsage
	case isConfig(err), noDevice, noBackupdir:
		return CodeConfig
	case errors.Is(err, jotta.ErrUnauthorized), errors.Is(err, jotta.ErrNoCredentials):
		return CodeSignIn
	case errors.Is(err, jotta.ErrHostNotAllowed):
		return CodeConfig
	case errors.Is(err, jotta.ErrQuota), errors.Is(err, jotta.ErrWriteLocked):
		return CodeQuota
	case errors.Is(err, jotta.ErrUnavailable):
		return CodeUnavailable
	case errors.Is(err, planner.ErrRefused), errors.Is(err, ErrHeldBack):
		return CodeRefused
	case locked, errors.Is(err, emulator.ErrInUse), errors.Is(err, localfs.ErrInUse):
		return CodeLocked
	case errors.Is(err, ErrStale):
		return CodeStale
	case errors.Is(err, ErrUnprotected), errors.Is(err, ErrNotRestored), errors.Is(err, ErrDifferent), errors.Is(err, executor.ErrMaxDuration), localfs.IsFull(err):
		return CodeUnprotected
	case errors.Is(err, ErrPending):
		return CodePending
	case errors.Is(err, context.Canceled):
		return CodeInterrupted
	}
	return CodeUnforeseen
}

func isConfig(err error) bool {
	_, inFile := errors.AsType[config.Errors](err)
	_, other := errors.AsType[configError](err)
	_, account := errors.AsType[*signin.OptionsError](err)
	return inFile || other || account
}
