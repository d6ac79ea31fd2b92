package jotta_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// cloudChange is one operation on the tree of newChangeable.
type cloudChange struct {
	name  string
	verb  string // the request that makes the change
	run   func(context.Context, *cloud) error
	after map[string]string
	holds func(*cloud) error // nil: nothing besides
}

func cloudChanges() []cloudChange {
	stays := map[string]string{"a": "one", "b": "two"}
	return []cloudChange{
		{name: "trash", verb: "dl", after: map[string]string{"b": "two"},
			run:   func(ctx context.Context, c *cloud) error { return c.Trash(ctx, backup+"/a") },
			holds: func(c *cloud) error { return c.wantState("/a", true) }},
		{name: "purge", verb: "rm", after: map[string]string{"b": "two"},
			run:   func(ctx context.Context, c *cloud) error { return c.Purge(ctx, backup+"/a") },
			holds: func(c *cloud) error { return c.wantState("/a", false) }},
		{name: "trash empty folder", verb: "dlDir", after: stays,
			run:   func(ctx context.Context, c *cloud) error { return c.TrashEmptyFolder(ctx, backup+"/empty") },
			holds: func(c *cloud) error { return c.wantState("/empty", true) }},
		{name: "move", verb: "mv", after: map[string]string{"new/a": "one", "b": "two"},
			run: func(ctx context.Context, c *cloud) error { return c.Move(ctx, backup+"/a", backup+"/new/a") }},
	}
}

func newChangeable(t *testing.T, change ...func(*jotta.Options)) *cloud {
	t.Helper()
	c := newBackup(t, change...)
	c.put(backup+"/a", "one")
	c.put(backup+"/b", "two")
	c.trash(backup+"/empty", "mkDir")
	c.server.ResetRequests()
	return c
}

// wantState says whether what was removed is in the trash, or nowhere.
func (c *cloud) wantState(path jotta.Path, inTrash bool) error {
	document := c.document(backup + path)
	if got := hasDeleted(document); got != inTrash {
		return fmt.Errorf("in the trash: %v, want %v: %s", got, inTrash, document)
	}
	return nil
}

func (c *cloud) count(route string) (n int) {
	for _, r := range c.routes() {
		if r == route {
			n++
		}
	}
	return n
}

// An answer that gets lost after the effect is not taken for a failure, nor is the
// change asked for again; what failed before its effect is.
func TestCloudChangesInBadWeather(t *testing.T) {
	t.Parallel()
	faults := map[string]struct {
		emulator.Fault
		requests int // for the change
	}{
		"connection reset before": {emulator.Fault{Reset: true}, 2},
		"503 before":              {emulator.Fault{Status: 503, Times: 3}, 4},
		"429 before":              {emulator.Fault{Status: 429}, 2},
		"HTML with 502 before":    {emulator.Fault{Status: 502, Body: "<html>bad gateway</html>"}, 2},
		"answer lost":             {emulator.Fault{Reset: true, After: true}, 1},
		"504 after":               {emulator.Fault{Status: 504, After: true}, 1},
		"HTML with 200 after":     {emulator.Fault{Status: 200, After: true, Body: "<!DOCTYPE html><p>hello"}, 1},
		"answer cut":              {emulator.Fault{CutAnswer: 60}, 1},
	}
	for name, fault := range faults {
		for _, change := range cloudChanges() {
			t.Run(change.name+", "+name, func(t *testing.T) {
				t.Parallel()
				c := newChangeable(t)
				struck := fault.Fault
				struck.Route = change.verb
				c.server.Inject(struck)
				if err := change.run(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if n := c.count(change.verb); n != fault.requests {
					t.Errorf("asked %d times, want %d: %q", n, fault.requests, c.routes())
				}
				c.want(backup, change.after)
				if change.holds != nil {
					if err := change.holds(c); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// With no retry left the state is read back all the same, and told truly.
func TestCloudChangesWithoutRetries(t *testing.T) {
	t.Parallel()
	noRetries := func(o *jotta.Options) { o.Retries = 0 }
	for _, change := range cloudChanges() {
		t.Run(change.name, func(t *testing.T) {
			t.Parallel()
			lost := newChangeable(t, noRetries)
			lost.server.Inject(emulator.Fault{Route: change.verb, After: true, Reset: true})
			if err := change.run(t.Context(), lost); err != nil {
				t.Errorf("done, and yet: %v", err)
			}
			lost.want(backup, change.after)

			failed := newChangeable(t, noRetries)
			before := failed.files(backup)
			failed.server.Inject(emulator.Fault{Route: change.verb, Status: 503})
			if err := change.run(t.Context(), failed); !errors.Is(err, jotta.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if !maps.Equal(before, failed.files(backup)) {
				t.Error("it changed")
			}
		})
	}
}

// Where reading back fails too, that is what is tried again, not the change.
func TestCloudChangesReadBackLater(t *testing.T) {
	t.Parallel()
	for _, change := range cloudChanges() {
		t.Run(change.name, func(t *testing.T) {
			t.Parallel()
			c := newChangeable(t)
			c.server.Inject(
				emulator.Fault{Route: change.verb, After: true, Reset: true},
				// After the answer was lost there is no other kind of request.
				emulator.Fault{Route: "metadata", Nth: map[string]int{"mv": 3, "dlDir": 2}[change.verb], Status: 500},
			)
			if err := change.run(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if n := c.count(change.verb); n != 1 {
				t.Errorf("asked %d times: %q", n, c.routes())
			}
			c.want(backup, change.after)
		})
	}
}

func TestCloudChangesRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		refuse func(*cloud, string) error
		want   error
	}{
		{"403", func(c *cloud, verb string) error {
			c.server.Inject(emulator.Fault{Route: verb, Status: 403})
			return nil
		}, jotta.ErrForbidden},
		{"quota", func(c *cloud, verb string) error {
			c.server.Inject(emulator.Fault{Route: verb, Status: 460})
			return nil
		}, jotta.ErrQuota},
		{"write lock", func(c *cloud, _ string) error { return c.server.SetWriteLocked(true) }, jotta.ErrWriteLocked},
		{"redirect", func(c *cloud, verb string) error {
			c.server.Inject(emulator.Fault{Route: verb, Status: 307, Headers: map[string]string{"Location": "/jfs/u1"}, Body: "gone"})
			return nil
		}, jotta.ErrRefusedRedirect},
	}
	for _, tt := range tests {
		for _, change := range cloudChanges() {
			t.Run(change.name+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				c := newChangeable(t)
				if err := tt.refuse(c, change.verb); err != nil {
					t.Fatal(err)
				}
				if err := change.run(t.Context(), c); !errors.Is(err, tt.want) {
					t.Errorf("got %v", err)
				}
				if c.Stats().Retries > 0 || c.count(change.verb) > 1 {
					t.Errorf("tried again: %q", c.routes())
				}
				c.want(backup, map[string]string{"a": "one", "b": "two"})
				if hasDeleted(c.document(backup + "/empty")) {
					t.Error("the folder went")
				}
			})
		}
	}
}

// hasDeleted reports whether the root of a document says that it is in the trash.
func hasDeleted(document string) bool {
	_, root, _ := strings.Cut(document, "?>")
	root, _, _ = strings.Cut(root, ">")
	return strings.Contains(root, " deleted=")
}
