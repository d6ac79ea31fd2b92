package planner_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// meddler does something to the local tree while the cloud is being listed.
type meddler struct {
	lister
	meddle func()
}

func (m meddler) List(ctx context.Context, path jotta.Path) (*jotta.Listing, error) {
	m.meddle()
	return m.lister.List(ctx, path)
}

// A root that goes away while the job is planned, as when its disk is unmounted, is
// refused, whatever stands in its place; nothing of it counts as gone.
func TestRootGoesAwayWhilePlanning(t *testing.T) {
	t.Parallel()
	tests := map[string]func(root string) error{
		"removed":         func(root string) error { return nil },
		"an empty folder": func(root string) error { return os.Mkdir(root, 0o755) },
		"a file":          func(root string) error { return os.WriteFile(root, nil, 0o644) },
		"a link":          func(root string) error { return os.Symlink("/", root) },
	}
	for name, replace := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "root")
			check(t, os.Mkdir(root, 0o755))
			check(t, os.WriteFile(filepath.Join(root, "a"), []byte("content"), 0o644))
			rules, err := planner.NewRules(nil)
			check(t, err)
			spec := planner.Spec{
				Job: "test", Target: "/d/b/f", Known: &planner.Known{}, AcceptEmpty: true,
				Prune: planner.Prune{Mode: planner.PruneTrash, Max: planner.Limit{Files: 100}},
				Roots: []planner.RootSpec{{Root: planner.Root{Path: root}, Rules: rules}},
			}
			cloud := meddler{lister{listingOf(t, map[string]string{"a": "content", "b": "more"})}, func() {
				check(t, os.Rename(root, root+" elsewhere"))
				check(t, replace(root))
			}}
			plan, err := planner.Build(t.Context(), spec, cloud, checksum.New(1))
			check(t, err)
			if len(plan.Refusals) != 1 || !strings.Contains(plan.Refusals[0].Reason, "went away while it was read") {
				t.Errorf("refusals are %+v, actions %+v", plan.Refusals, plan.Actions)
			}
			if len(plan.Actions) > 0 || plan.Pending() {
				t.Errorf("something is planned all the same: %+v", plan.Actions)
			}
		})
	}
}
