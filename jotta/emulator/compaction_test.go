package emulator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLongJournalIsCompacted(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	s := reopen(t, options)
	before := lengthen(t, s)
	// Not closed, as after a kill: the next start compacts.
	if err := errors.Join(s.journal.close(), s.directory.close()); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, options)
	if s.generation != 1 || s.journal.size != 0 {
		t.Errorf("generation %d, journal of %d bytes", s.generation, s.journal.size)
	}
	if diff := cmp.Diff(before, describeTree(t, s.tree)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestLongJournalWithoutRoomForSnapshot has a folder stand for the full disk: in its
// place no snapshot can be written.
func TestLongJournalWithoutRoomForSnapshot(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	s := reopen(t, options)
	if err := os.MkdirAll(filepath.Join(options.Directory, snapshotDraft, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := lengthen(t, s)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, options)
		if s.generation != 0 || s.journal.size <= compactAbove {
			t.Errorf("generation %d, journal of %d bytes", s.generation, s.journal.size)
		}
		if diff := cmp.Diff(before, describeTree(t, s.tree)); diff != "" {
			t.Fatalf("(-before +after):\n%s", diff)
		}
		if err := s.SetQuota(1 << 30); err != nil {
			t.Fatal(err)
		}
		before = describeTree(t, s.tree)
	}
}

// lengthen makes the journal worth a snapshot, and returns the tree.
func lengthen(t testing.TB, s *Server) string {
	t.Helper()
	long := strings.Repeat("x", 200)
	for s.journal.size <= compactAbove {
		err := s.change(func() ([]record, error) {
			records := make([]record, 0, 500)
			for i := range 500 {
				records = append(records, record{Op: opFolder, Path: fmt.Sprintf("/mybox/%s%d", long, i)})
			}
			return records, nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	return describeTree(t, s.tree)
}

// TestJournalIsSyncedBeforeItIsBuiltUpon covers changes that a killed process has
// written and not synced: to find them in the journal does not make them durable.
func TestJournalIsSyncedBeforeItIsBuiltUpon(t *testing.T) {
	t.Parallel()
	options, _ := furnished(t)
	d, err := openDirectory(options.Directory)
	if err != nil {
		t.Fatal(err)
	}
	_, j, _, err := loadTree(d, false)
	if err != nil {
		t.Fatal(err)
	}
	if j.size == 0 || j.synced != 0 {
		t.Errorf("of %d bytes %d count as synced", j.size, j.synced)
	}
	if err := errors.Join(j.wait(j.position()), j.close(), d.close()); err != nil || j.synced != j.size {
		t.Errorf("of %d bytes %d are synced: %v", j.size, j.synced, err)
	}
}
