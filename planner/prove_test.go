package planner_test

import (
	"crypto/md5"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Prove believes the listing and nothing else: what was unchanged and what was
// stored must be there with size and MD5, under whatever case.
func TestProve(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, content := range map[string]string{"same": "s", "sub/same": "ss", "new": "n", "Sub2/new": "nn"} {
		path = filepath.Join(dir, path)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(content), 0o644))
	}
	before := map[string]string{"same": "s", "sub/same": "ss", "other": "o"}
	stored := []planner.Stored{
		{Path: "new", CloudPath: "new", Size: 1, MD5: md5.Sum([]byte("n"))},
		{Path: "Sub2/new", CloudPath: "Sub2/new", Size: 2, MD5: md5.Sum([]byte("nn"))},
	}
	tests := []struct {
		name    string
		after   map[string]string
		missing []planner.RelPath
	}{
		{"all there", map[string]string{"same": "s", "sub/same": "ss", "new": "n", "Sub2/new": "nn"}, nil},
		{"other case", map[string]string{"same": "s", "sub/same": "ss", "NEW": "n", "SUB2/New": "nn"}, nil},
		{"stored is gone", map[string]string{"same": "s", "sub/same": "ss", "new": "n"}, []planner.RelPath{"Sub2/new"}},
		{"stored is other", map[string]string{"same": "s", "sub/same": "ss", "new": "x", "Sub2/new": "nn"}, []planner.RelPath{"new"}},
		{"stored is longer", map[string]string{"same": "s", "sub/same": "ss", "new": "nnn", "Sub2/new": "nn"}, []planner.RelPath{"new"}},
		{"unchanged is gone", map[string]string{"same": "s", "new": "n", "Sub2/new": "nn"}, []planner.RelPath{"sub/same"}},
		{"unchanged is other", map[string]string{"same": "x", "sub/same": "ss", "new": "n", "Sub2/new": "nn"}, []planner.RelPath{"same"}},
		{"nothing is there", nil, []planner.RelPath{"same", "sub/same", "new", "Sub2/new"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rules, err := planner.NewRules(nil)
			check(t, err)
			spec := planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}}}
			plan, err := planner.Build(t.Context(), spec, lister{listingOf(t, before)}, checksum.New(1))
			check(t, err)
			proof, _, err := planner.Prove(t.Context(), plan, stored, lister{listingOf(t, tt.after)})
			check(t, err)
			var missing []planner.RelPath
			for _, p := range proof.Missing {
				missing = append(missing, p.Path)
			}
			if diff := cmp.Diff(tt.missing, missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			if proof.Files+len(proof.Missing) != plan.Counts.Seen {
				t.Errorf("%d files proved and %d missing, but %d are selected", proof.Files, len(missing), plan.Counts.Seen)
			}
		})
	}
}

func listingOf(t *testing.T, files map[string]string) *jotta.Listing {
	t.Helper()
	b := jotta.NewListingBuilder()
	for path, content := range files {
		folder, name := filepath.Split(path)
		b.AddFile(filepath.Clean("/" + folder)[1:], name, jotta.RemoteFile{Size: int64(len(content)), MD5: md5.Sum([]byte(content))})
	}
	listing, err := b.Build()
	check(t, err)
	return listing
}
