package planner_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// TestRestorePlan makes the folder and the listing that each file in testdata/restore
// describes, and compares the plan of the restore with the one in the file.
func TestRestorePlan(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/restore/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no situations found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			check(t, err)
			s := newRestoreSituation(t, archive)
			plan, err := planner.BuildRestore(t.Context(), s.spec, s.lister, checksum.New(2))
			check(t, err)
			checkRestoreCounts(t, plan)
			checkJSON(t, plan)
			var text bytes.Buffer
			check(t, report.Plan(&text, plan, report.Style{}))
			for _, leftover := range plan.Leftovers() {
				text.WriteString("removes " + string(leftover) + "\n")
			}
			got := strings.ReplaceAll(text.String(), s.dir, "$DIR")
			if *update {
				(&situation{}).write(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func checkRestoreCounts(t *testing.T, plan *planner.Plan) {
	t.Helper()
	c, inProblems := plan.Counts, 0
	for _, p := range plan.Problems {
		inProblems += p.Files
	}
	if c.Seen != c.Unchanged+c.Fetched+c.Overwritten+c.Kept+inProblems {
		t.Errorf("counts do not add up: %+v with %d files in problems", c, inProblems)
	}
}

type restoreSituation struct {
	dir    string
	spec   planner.RestoreSpec
	lister lister
	want   string
}

func newRestoreSituation(t *testing.T, archive *txtar.Archive) *restoreSituation {
	t.Helper()
	s := &restoreSituation{dir: t.TempDir()}
	s.spec = planner.RestoreSpec{Job: "test", Target: "/mybox/backup/test"}
	builder := jotta.NewListingBuilder()
	for _, section := range archive.Files {
		for line := range strings.SplitSeq(strings.TrimRight(string(section.Data), "\n"), "\n") {
			switch section.Name {
			case "job":
				s.set(t, line)
			case "local":
				makeLocal(t, s.dir, line)
			case "cloud":
				addRemote(t, builder, line)
			case "raw":
				folder, name, _ := strings.Cut(line, " ")
				name, _ = cutName(t, name)
				if folder == "." {
					folder = ""
				}
				builder.AddFile(folder, name, jotta.RemoteFile{Size: 1, MD5: jotta.MD5{1}})
			}
		}
		if section.Name == "plan" {
			s.want = string(section.Data)
		}
	}
	if s.spec.Roots == nil {
		s.spec.Roots = []planner.Root{{Path: s.dir}}
	}
	var err error
	s.lister.listing, err = builder.Build()
	check(t, err)
	return s
}

// set does what a line says of the restore.
func (s *restoreSituation) set(t *testing.T, line string) {
	t.Helper()
	key, value, _ := strings.Cut(line, " ")
	path, as, _ := strings.Cut(value, " as ")
	root := planner.Root{Path: filepath.Join(s.dir, path), As: as}
	switch key {
	case "":
	case "to":
		s.spec.Roots = append(s.spec.Roots, root)
	case "source":
		s.spec.Sources = append(s.spec.Sources, root)
	case "pattern":
		s.spec.Patterns = append(s.spec.Patterns, value)
	case "in_place":
		s.spec.InPlace = true
	case "overwrite":
		s.spec.Overwrite = true
	case "renamed":
		s.spec.RenamedTwins = true
	case "own":
		s.spec.Own = append(s.spec.Own, root.Path)
	case "free":
		s.spec.FreeSpace = func(path string) (int64, error) {
			if _, err := os.Stat(path); err != nil {
				return 0, errors.New("asked for a folder that is not there")
			}
			return number(t, value), nil
		}
	default:
		t.Fatalf("job: unknown line %q", line)
	}
}
