package state_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

func openDir(t *testing.T) *state.Dir {
	t.Helper()
	dir, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func someSession() jotta.Session {
	return jotta.Session{
		State: jotta.SessionLive, Username: "u1", TokenEndpoint: "https://id.jottacloud.com/token", ClientID: "jottacli",
		ClientSecret: "client-secret", AccessToken: "access-secret", RefreshToken: "refresh-secret",
		RenewAfter: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Expires: time.Date(2026, 1, 2, 3, 9, 5, 0, time.UTC),
	}
}

func save(t *testing.T, s *state.Session, session jotta.Session) {
	t.Helper()
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Save(session), unlock()); err != nil {
		t.Fatal(err)
	}
}

func TestSessionIsKeptForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	if _, err := dir.Session("a").Load(); !errors.Is(err, jotta.ErrNoSession) {
		t.Errorf("Load = %v before anything was saved", err)
	}
	save(t, dir.Session("a"), someSession())
	got, err := dir.Session("a").Load()
	if diff := cmp.Diff(someSession(), got); diff != "" || err != nil {
		t.Errorf("Load = %v (-saved +loaded):\n%s", err, diff)
	}
	if _, err := dir.Session("b").Load(); !errors.Is(err, jotta.ErrNoSession) {
		t.Errorf("another session: %v", err)
	}
	err = filepath.WalkDir(dir.Path(), func(path string, entry fs.DirEntry, _ error) error {
		info, err := entry.Info()
		if err == nil && path != dir.Path() && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		if text, _ := os.ReadFile(path); strings.Contains(string(text), "secret") && path != dir.Session("a").Path() {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(dir.Session("a").Remove(), dir.Session("a").Remove()); err != nil {
		t.Error(err)
	}
	if _, err := dir.Session("a").Load(); !errors.Is(err, jotta.ErrNoSession) {
		t.Errorf("Load = %v after the session was removed", err)
	}
}

// A damaged file is never taken for a session, nor for none.
func TestDamagedSession(t *testing.T) {
	t.Parallel()
	session := openDir(t).Session("a")
	save(t, session, someSession())
	whole, err := os.ReadFile(session.Path())
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{
		"zeroed": make([]byte, len(whole)), "null": []byte("null"), "a list": []byte("[]"), "nothing": []byte("{}"),
	}
	for n := range len(whole) - 1 { // the last byte is the end of the line
		damaged["cut at "+string(whole[:n])] = whole[:n]
	}
	for name, text := range damaged {
		if err := os.WriteFile(session.Path(), text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := session.Load()
		if !errors.Is(err, jotta.ErrUnauthorized) || !strings.Contains(err.Error(), session.Path()) {
			t.Fatalf("%s: Load = %v", name, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Fatalf("%s: the error holds a secret: %v", name, err)
		}
	}
	newer := strings.Replace(string(whole), `"version":1`, `"version":2`, 1)
	if err := os.WriteFile(session.Path(), []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Load(); err == nil || !strings.Contains(err.Error(), "newer jottarun") {
		t.Errorf("a newer version: %v", err)
	}
}

func TestSessionThatOthersCanReadIsRefused(t *testing.T) {
	t.Parallel()
	session := openDir(t).Session("a")
	save(t, session, someSession())
	if err := os.Chmod(session.Path(), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Load(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("Load = %v", err)
	}
}

// What a killed process left of a write is in nobody's way.
func TestLeftoverOfAWrite(t *testing.T) {
	t.Parallel()
	session := openDir(t).Session("a")
	save(t, session, jotta.Session{State: jotta.SessionSent})
	if err := os.WriteFile(session.Path()+".tmp", []byte("half a ses"), 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, session, someSession())
	if got, err := session.Load(); err != nil || got.State != jotta.SessionLive {
		t.Errorf("Load = %+v, %v", got, err)
	}
}

func TestSessionLock(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	unlock, err := dir.Session("a").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := dir.Session("a").Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: %v", err)
	}
	if other, err := dir.Session("b").Lock(t.Context()); err != nil || other() != nil {
		t.Errorf("the lock of another session: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if again, err := dir.Session("a").Lock(t.Context()); err != nil || again() != nil {
		t.Errorf("the lock once it was given back: %v", err)
	}
}

func TestKeptLogin(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	if name, err := state.KeptLogin(missing, "jottacloud"); name != "" || err != nil {
		t.Errorf("without a folder: %q, %v", name, err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Error("to look made the folder")
	}
	dir := openDir(t)
	if err := dir.KeepLogin("jottacloud", "token-12ab"); err != nil {
		t.Fatal(err)
	}
	if name, err := state.KeptLogin(dir.Path(), "jottacloud"); name != "token-12ab" || err != nil {
		t.Errorf("KeptLogin = %q, %v", name, err)
	}
	if name, err := state.KeptLogin(dir.Path(), "telia_se"); name != "" || err != nil {
		t.Errorf("another account: %q, %v", name, err)
	}
	if err := errors.Join(dir.DropLogin("jottacloud"), dir.DropLogin("jottacloud")); err != nil {
		t.Error(err)
	}
	if name, err := state.KeptLogin(dir.Path(), "jottacloud"); name != "" || err != nil {
		t.Errorf("dropped: %q, %v", name, err)
	}
	for _, text := range []string{"", "{}", `{"version":2,"session":"a"}`, `{"version":1,"session":"../a"}`} {
		path := filepath.Join(dir.Path(), "logins", "jottacloud.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if name, err := state.KeptLogin(dir.Path(), "jottacloud"); err == nil {
			t.Errorf("%q is taken for %q", text, name)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
