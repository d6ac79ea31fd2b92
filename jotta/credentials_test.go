package jotta

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oneLogin = "machine jottacloud login me password canary-secret"

func TestFindCredentials(t *testing.T) {
	t.Parallel()
	const two = oneLogin + "\nmachine jottacloud.com login you password other"
	tests := []struct {
		name     string
		env      map[string]string
		netrc    string
		username string
		want     string // user:password, or part of the error
	}{
		{"environment", map[string]string{"JOTTACLOUD_USERNAME": "env", "JOTTACLOUD_PASSWORD": "p"}, oneLogin, "", "env:p"},
		{"user only", map[string]string{"JOTTACLOUD_USERNAME": "env"}, oneLogin, "", "JOTTACLOUD_USERNAME is set, but JOTTACLOUD_PASSWORD is not"},
		{"password only", map[string]string{"JOTTACLOUD_PASSWORD": "canary"}, oneLogin, "", "JOTTACLOUD_PASSWORD is set, but JOTTACLOUD_USERNAME is not"},
		{"empty is not set", map[string]string{"JOTTACLOUD_USERNAME": "", "JOTTACLOUD_PASSWORD": ""}, oneLogin, "", "me:canary-secret"},
		{"netrc", nil, oneLogin, "", "me:canary-secret"},
		{"long machine name", nil, "machine JottaCloud.com login me password p", "", "me:p"},
		{"picked", nil, two, "YOU", "you:other"},
		{"not picked", nil, two, "", `has several logins for jottacloud, "me", "you"`},
		{"twice the same", nil, oneLogin + "\nmachine jottacloud.com login me password other", "", "me:canary-secret"},
		{"no such login", nil, two, "she", `has no login "she" for jottacloud, but "me", "you"`},
		{"login from the jobs file", nil, "machine jottacloud password p", "me", "me:p"},
		{"no login", nil, "machine jottacloud password p", "", "without a login"},
		{"no password", nil, "machine jottacloud login me", "", "without a password"},
		{"default last", nil, "default login d password p\n" + oneLogin, "", "me:canary-secret"},
		{"default", nil, "machine other login x password y\ndefault login d password p", "", "d:p"},
		{"other machines", nil, "machine other login x password canary", "", "has no entry for the machine jottacloud"},
		{"broken", nil, "machine jottacloud login", "", "line 1: a value is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			writeFile(t, filepath.Join(home, ".netrc"), tt.netrc, 0o600)
			found, err := FindCredentials(CredentialOptions{
				Lookup: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok },
				Home:   home, Username: tt.username,
			})
			if err != nil {
				if !errors.Is(err, ErrNoCredentials) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				return
			}
			if got := found.Username + ":" + found.Password.Reveal(); got != tt.want || found.Source == "" {
				t.Errorf("got %s from %q, want %s", got, found.Source, tt.want)
			}
		})
	}
}

func TestNetrcVariable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "elsewhere")
	writeFile(t, path, oneLogin, 0o600)
	lookup := func(name string) (string, bool) { return path, name == "NETRC" }
	found, err := FindCredentials(CredentialOptions{Lookup: lookup, Home: t.TempDir()})
	if err != nil || found.Username != "me" || found.Source != path {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	for _, o := range []CredentialOptions{{}, {Home: t.TempDir()}} {
		_, err := FindCredentials(o)
		if !errors.Is(err, ErrNoCredentials) || !strings.Contains(err.Error(), "JOTTACLOUD_USERNAME") {
			t.Errorf("got %v", err)
		}
	}
}

func TestNetrcTooLong(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".netrc"), oneLogin+strings.Repeat("\n", maxNetrc), 0o600)
	if _, err := FindCredentials(CredentialOptions{Home: home}); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
