package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/jottarun/jottarun/jotta"
)

// Session is the file of one sign-in, for its owner alone. It is a jotta.SessionStore.
type Session struct {
	dir  *Dir
	name string
}

const (
	sessionFolder  = "sessions"
	sessionVersion = 1
	maxSession     = 1 << 20
	lockPoll       = 20 * time.Millisecond
)

// Session returns the session of that name, whether or not there is one. Names are
// jottarun's own: letters, digits and hyphens.
func (d *Dir) Session(name string) *Session { return &Session{dir: d, name: name} }

// Name returns the name of the session.
func (s *Session) Name() string { return s.name }

// Path returns where the session is kept.
func (s *Session) Path() string { return filepath.Join(s.dir.path, s.file()) }

func (s *Session) file() string { return filepath.Join(sessionFolder, s.name+".json") }

// savedSession is a session as the file has it: here, and nowhere else, its secrets
// are written out.
type savedSession struct {
	Version       int       `json:"version"`
	State         string    `json:"state"`
	Username      string    `json:"username,omitempty"`
	TokenEndpoint string    `json:"token_endpoint,omitempty"`
	ClientID      string    `json:"client_id,omitempty"`
	ClientSecret  string    `json:"client_secret,omitempty"`
	AccessToken   string    `json:"access_token,omitempty"`
	RefreshToken  string    `json:"refresh_token,omitempty"`
	RenewAfter    time.Time `json:"renew_after,omitzero"`
	Expires       time.Time `json:"expires,omitzero"`
}

// Load returns the session. A file that is damaged, or that others can read, is an
// error: a session that is taken for none could be started twice.
func (s *Session) Load() (jotta.Session, error) {
	text, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return jotta.Session{}, jotta.ErrNoSession
	}
	if err != nil {
		return jotta.Session{}, fmt.Errorf("read the kept login: %w", err)
	}
	var saved savedSession
	if json.Unmarshal(text, &saved) != nil || saved.Version < 1 || saved.State == "" {
		return jotta.Session{}, fmt.Errorf("read the kept login: %w: %s is damaged", jotta.ErrLoginLost, s.Path())
	}
	if saved.Version > sessionVersion {
		return jotta.Session{}, fmt.Errorf("read the kept login: %s was written by a newer jottarun", s.Path())
	}
	return jotta.Session{
		State: jotta.SessionState(saved.State), Username: saved.Username, TokenEndpoint: saved.TokenEndpoint,
		ClientID: saved.ClientID, ClientSecret: jotta.Secret(saved.ClientSecret),
		AccessToken: jotta.Secret(saved.AccessToken), RefreshToken: jotta.Secret(saved.RefreshToken),
		RenewAfter: saved.RenewAfter, Expires: saved.Expires,
	}, nil
}

func (s *Session) read() ([]byte, error) {
	file, err := s.dir.root.Open(s.file())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && (!mode.IsRegular() || mode.Perm()&0o077 != 0) {
		return nil, fmt.Errorf("%s: others can read it (mode %04o): chmod 600 it", s.Path(), mode.Perm())
	}
	return io.ReadAll(io.LimitReader(file, maxSession))
}

// Save replaces the session, durably. The lock must be held.
func (s *Session) Save(session jotta.Session) error {
	text, err := json.Marshal(savedSession{
		Version: sessionVersion, State: string(session.State),
		Username: session.Username, TokenEndpoint: session.TokenEndpoint,
		ClientID: session.ClientID, ClientSecret: session.ClientSecret.Reveal(),
		AccessToken: session.AccessToken.Reveal(), RefreshToken: session.RefreshToken.Reveal(),
		RenewAfter: session.RenewAfter, Expires: session.Expires,
	})
	if err != nil {
		return fmt.Errorf("write the kept login: %w", err)
	}
	if err := s.dir.write(s.file(), append(text, '\n')); err != nil {
		return fmt.Errorf("write the kept login: %w", err)
	}
	return nil
}

// Remove forgets the session; one that is not there is fine. The lock must be held.
func (s *Session) Remove() error {
	err := s.dir.root.Remove(s.file())
	if err == nil {
		err = s.dir.syncFolder(sessionFolder)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the kept login: %w", err)
	}
	return nil
}

// Lock waits until no other process, and nobody else in this one, holds the session's
// lock. It fails where the folder cannot be written.
func (s *Session) Lock(ctx context.Context) (unlock func() error, err error) {
	if err := s.dir.root.MkdirAll(sessionFolder, 0o700); err != nil {
		return nil, s.lockError(err)
	}
	name := filepath.Join(s.dir.path, sessionFolder, s.name+".lock")
	lock := flock.New(name, flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, s.lockError(errors.Join(err, lock.Close()))
	}
	if err := s.probe(); err != nil {
		return nil, s.lockError(errors.Join(err, lock.Unlock()))
	}
	return lock.Unlock, nil
}

// probe shows that files can be made in the folder: a lock may be had without.
func (s *Session) probe() error {
	name := s.file() + ".probe"
	file, err := s.dir.root.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), s.dir.root.Remove(name))
}

func (s *Session) lockError(err error) error {
	return fmt.Errorf("lock the kept login in %s: %w", s.dir.path, err)
}
