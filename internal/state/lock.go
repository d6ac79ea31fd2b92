package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Lock is held by the one run of a job. The kernel gives it back when its holder
// ends, however it ends; the file itself stays.
type Lock struct{ flock *flock.Flock }

// Holder says who holds a lock.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// LockedError says that another run of the job is going on.
type LockedError struct {
	Job    string
	Holder Holder // zero where it could not be told
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("job %q is already running", e.Job)
	}
	return fmt.Sprintf("job %q is already running: pid %d on %s since %s",
		e.Job, e.Holder.PID, e.Holder.Host, e.Holder.Since.Local().Format(time.DateTime))
}

const maxHolder = 4096 // bytes read of a lock file

// Lock takes the lock of a job for this process, or returns a *LockedError that
// says who holds it. It does not wait.
func (d *Dir) Lock(job string, now time.Time) (*Lock, error) {
	if err := d.root.MkdirAll("locks", 0o700); err != nil {
		return nil, d.lockError(job, err)
	}
	name := filepath.Join("locks", job+".lock")
	lock := flock.New(filepath.Join(d.path, name), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, d.lockError(job, err)
	}
	if !locked {
		return nil, &LockedError{Job: job, Holder: d.holder(name)}
	}
	if err := d.writeHolder(name, now); err != nil {
		return nil, d.lockError(job, errors.Join(err, lock.Unlock()))
	}
	return &Lock{flock: lock}, nil
}

// lockError names the folder: what went wrong with it is not the job's matter.
func (d *Dir) lockError(job string, err error) error {
	return fmt.Errorf("lock job %q: state folder %s: %w", job, d.path, err)
}

// Unlock gives the lock back.
func (l *Lock) Unlock() error { return l.flock.Unlock() }

// writeHolder replaces what the lock file says. It is not emptied first, so that who
// reads it meanwhile finds one holder or the other.
func (d *Dir) writeHolder(name string, now time.Time) error {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: now})
	if err != nil {
		return err
	}
	file, err := d.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(text, 0)
	return errors.Join(err, file.Truncate(int64(len(text))), file.Close())
}

// holder reads who wrote the lock file; what cannot be read is nobody.
func (d *Dir) holder(name string) Holder {
	file, err := d.root.Open(name)
	if err != nil {
		return Holder{}
	}
	defer file.Close()
	var holder Holder
	if json.NewDecoder(io.LimitReader(file, maxHolder)).Decode(&holder) != nil {
		return Holder{}
	}
	return holder
}
