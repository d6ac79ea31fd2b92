package exit

import (
	"errors"
	"os"
)

// What a command that was carried out may still have to report.
var (
	ErrPending     = errors.New("changes are pending")
	ErrUnprotected = errors.New("some files are not protected")
	ErrDifferent   = errors.New("some files are not as in the cloud")
	ErrNotRestored = errors.New("some files were not brought back")
	ErrStale       = errors.New("the saved plan does not hold")
	ErrHeldBack    = errors.New("max_prune holds the pruning back")
)

// Usage makes err a mistake on the command line.
func Usage(err error) error { return usageError{err} }

// Config makes err one of a jobs file that cannot be used.
func Config(err error) error { return configError{err} }

// Interrupted says that a signal ended the program.
func Interrupted(signal os.Signal) error { return &interruptError{signal} }

// Told is the error of a command whose verdict has told already what kept several jobs,
// each by itself, from ending well; nil where nothing did.
func Told(errs ...error) error {
	if len(errs) == 0 {
		return nil
	}
	return &toldError{errs}
}

// WasTold reports whether an error needs no more words.
func WasTold(err error) bool {
	_, told := errors.AsType[*toldError](err)
	return told
}

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

type interruptError struct{ signal os.Signal }

func (e *interruptError) Error() string { return "interrupted: " + e.signal.String() }

type toldError struct{ errs []error }

func (e *toldError) Error() string { return errors.Join(e.errs...).Error() }

func (e *toldError) Unwrap() []error { return e.errs }
