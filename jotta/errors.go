package jotta

import (
	"errors"
	"fmt"
	"strings"
)

// What callers branch on, with errors.Is. The error that carries one says more.
var (
	ErrNotFound        = errors.New("not found")
	ErrNotFolder       = errors.New("it is a file in the cloud, not a folder")
	ErrUnauthorized    = errors.New("sign-in refused")
	ErrForbidden       = errors.New("not allowed")
	ErrQuota           = errors.New("quota exceeded")
	ErrWriteLocked     = errors.New("the account is locked for writing")
	ErrUnavailable     = errors.New("the cloud cannot be reached") // network trouble or a server error, after all retries
	ErrTornListing     = errors.New("the listing is not whole")    // nothing may be concluded from it
	ErrContentChanged  = errors.New("the content changed while it was being read")
	ErrBadAnswer       = errors.New("the service answered with something that makes no sense")
	ErrRefusedRedirect = errors.New("redirect not followed")
	ErrHostNotAllowed  = errors.New("host not allowed")
	ErrNoCredentials   = errors.New("no credentials")
)

// NoDeviceError says that the account has no such device. It is an ErrNotFound.
type NoDeviceError struct {
	Device   string
	Existing []string // the devices that the account has
}

func (e *NoDeviceError) Error() string {
	return fmt.Sprintf("the account has no device %q (it has %s)", e.Device, quoteAll(e.Existing))
}

// Is makes the error an ErrNotFound.
func (e *NoDeviceError) Is(target error) bool { return target == ErrNotFound }

// NoBackupdirError says that the built-in device has no such backupdir; none can be
// added to it. It is an ErrNotFound.
type NoBackupdirError struct {
	Device    string
	Backupdir string
	Existing  []string // the backupdirs that the device has
}

func (e *NoBackupdirError) Error() string {
	return fmt.Sprintf("the built-in device %q has no %q, and takes no more than it has (%s)",
		e.Device, e.Backupdir, quoteAll(e.Existing))
}

// Is makes the error an ErrNotFound.
func (e *NoBackupdirError) Is(target error) bool { return target == ErrNotFound }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}
