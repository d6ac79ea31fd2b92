package planner_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

var update = flag.Bool("update", false, "write what was got into the txtar files")

// TestPlan makes the local tree and the listing that each file in testdata/plan
// describes, and compares the plan with the one in the file.
func TestPlan(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no situations found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newSituation(t, archive)
			plan, err := planner.Build(t.Context(), s.spec, s.lister, checksum.New(2))
			if err != nil {
				t.Fatal(err)
			}
			checkCounts(t, plan)
			checkJSON(t, plan)
			var text bytes.Buffer
			if err := report.Plan(&text, plan, report.Style{}); err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(text.String(), s.dir, "$DIR")
			if *update {
				s.write(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// checkCounts holds a plan to its promise that every seen file is accounted for.
func checkCounts(t *testing.T, plan *planner.Plan) {
	t.Helper()
	c, inProblems := plan.Counts, 0
	for _, p := range plan.Problems {
		inProblems += p.Files
	}
	if c.Seen != c.Unchanged+c.New+c.Changed+c.Moved+c.Retimed+inProblems {
		t.Errorf("counts do not add up: %+v with %d files in problems", c, inProblems)
	}
}

func checkJSON(t *testing.T, plan *planner.Plan) {
	t.Helper()
	document, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var back planner.Plan
	if err := json.Unmarshal(document, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan, &back, cmpopts.IgnoreUnexported(planner.Plan{}), cmpopts.IgnoreFields(planner.Root{}, "Excluded", "CloudOnly", "Unread", "FileSystem", "Mounts", "Real")); diff != "" {
		t.Errorf("the plan does not survive JSON (-sent +received):\n%s", diff)
	}
}

type situation struct {
	dir    string
	known  []int
	spec   planner.Spec
	lister lister
	want   string
}

// lister answers with one listing, whatever is asked for.
type lister struct{ listing *jotta.Listing }

func (l lister) List(context.Context, jotta.Path) (*jotta.Listing, error) { return l.listing, nil }

func newSituation(t *testing.T, archive *txtar.Archive) *situation {
	t.Helper()
	s := &situation{dir: t.TempDir()}
	s.spec = planner.Spec{Job: "test", Target: "/mybox/backup/test"}
	s.spec.Prune.Max = planner.Limit{Files: -1, Share: 0.5}
	builder := jotta.NewListingBuilder()
	var patterns []planner.Rule
	var roots []string
	missingBackupdir := false
	for _, section := range archive.Files {
		if name, ok := strings.CutPrefix(section.Name, "file "); ok {
			check(t, os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o755))
			check(t, os.WriteFile(filepath.Join(s.dir, name), section.Data, 0o644))
		}
		for i, line := range strings.Split(strings.TrimRight(string(section.Data), "\n"), "\n") {
			switch section.Name {
			case "job":
				key, value, _ := strings.Cut(line, " ")
				switch key {
				case "":
				case "exclude":
					patterns = append(patterns, planner.Rule{Pattern: value, Source: fmt.Sprintf("jobs.yaml:%d", i+1)})
				case "root":
					roots = append(roots, value)
				case "if_present":
					s.spec.ExcludeIfPresent = append(s.spec.ExcludeIfPresent, value)
				case "ignore_file":
					s.spec.IgnoreFile = value
				case "larger":
					s.spec.ExcludeLarger = number(t, value)
				case "follow":
					s.spec.FollowLinks = true
				case "follow_into":
					s.spec.FollowInto = append(s.spec.FollowInto, filepath.Join(s.dir, value))
				case "prune":
					s.spec.Prune.Mode = planner.PruneMode(value)
				case "prune_excluded":
					s.spec.Prune.Excluded = true
				case "max_prune":
					s.spec.Prune.Max = planner.Limit{Files: number(t, value)}
				case "known": // how many files each root had
					s.known = append(s.known, int(number(t, value)))
				case "accept_empty":
					s.spec.AcceptEmpty = true
				case "update_times":
					s.spec.UpdateTimes = true
				case "rename":
					s.spec.RenameTwins = true
				case "marker":
					s.spec.Require.Marker = value
				case "own":
					s.spec.Own = append(s.spec.Own, filepath.Join(s.dir, value))
				default:
					t.Fatalf("job: unknown line %q", line)
				}
			case "local":
				makeLocal(t, s.dir, line)
			case "times":
				touch(t, s.dir, line)
			case "cloud":
				missingBackupdir = missingBackupdir || line == "(no backupdir)"
				addRemote(t, builder, line)
			}
		}
		if section.Name == "plan" {
			s.want = string(section.Data)
		}
	}
	rules, err := planner.NewRules(patterns)
	if err != nil {
		t.Fatal(err)
	}
	s.spec.Roots = rootSpecs(s.dir, roots, rules)
	s.remember()
	if s.lister.listing, err = builder.Build(); err != nil {
		t.Fatal(err)
	}
	s.lister.listing.MissingBackupdir = missingBackupdir
	return s
}

// remember makes the proof that the job is said to have had.
func (s *situation) remember() {
	if s.known == nil {
		return
	}
	s.spec.Known = &planner.Known{Time: time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)}
	for i, root := range s.spec.Roots {
		root.Files = s.known[i]
		s.spec.Known.Roots = append(s.spec.Known.Roots, root.Root)
	}
}

func rootSpecs(dir string, roots []string, rules *planner.Rules) []planner.RootSpec {
	if len(roots) == 0 {
		return []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}}
	}
	var specs []planner.RootSpec
	for _, root := range roots {
		path, as, _ := strings.Cut(root, " as ")
		specs = append(specs, planner.RootSpec{Root: planner.Root{Path: filepath.Join(dir, path), As: as}, Rules: rules})
	}
	return specs
}

// makeLocal makes what a line says: "name content", "name/", "name -> target",
// "name fifo!". A name with odd characters is quoted.
func makeLocal(t *testing.T, dir, line string) {
	t.Helper()
	if line == "" {
		return
	}
	name, content := cutName(t, line)
	path := filepath.Join(dir, name)
	if strings.HasSuffix(name, "/") {
		check(t, os.MkdirAll(path, 0o755))
		return
	}
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	if target, ok := strings.CutPrefix(content, "-> "); ok {
		check(t, os.Symlink(strings.ReplaceAll(target, "$DIR", dir), path))
		return
	}
	if content == "fifo!" {
		makeFifo(t, path)
		return
	}
	check(t, os.WriteFile(path, []byte(content), 0o644))
}

// touch gives a file the time that a line says: "name seconds.nanoseconds".
func touch(t *testing.T, dir, line string) {
	t.Helper()
	name, text := cutName(t, line)
	var seconds, nanoseconds int64
	_, err := fmt.Sscanf(text, "%d.%d", &seconds, &nanoseconds)
	check(t, err)
	at := time.Unix(seconds, nanoseconds)
	check(t, os.Chtimes(filepath.Join(dir, name), at, at))
}

// addRemote adds what a line says: "name content" or "name/".
func addRemote(t *testing.T, b *jotta.ListingBuilder, line string) {
	t.Helper()
	if line == "" || strings.HasPrefix(line, "(") {
		return
	}
	name, content := cutName(t, line)
	var segments []string
	for segment := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		segments = append(segments, jotta.EncodeName(segment))
	}
	if strings.HasSuffix(name, "/") {
		b.AddFolder(strings.Join(segments, "/"))
		return
	}
	last := len(segments) - 1
	b.AddFile(strings.Join(segments[:last], "/"), segments[last], jotta.RemoteFile{
		Size: int64(len(content)), MD5: md5.Sum([]byte(content)), Modified: time.Unix(1700000000, 0),
	})
}

func cutName(t *testing.T, line string) (name, content string) {
	t.Helper()
	if strings.HasPrefix(line, `"`) {
		quoted, err := strconv.QuotedPrefix(line)
		check(t, err)
		name, err = strconv.Unquote(quoted)
		check(t, err)
		return name, strings.TrimPrefix(line[len(quoted):], " ")
	}
	name, content, _ = strings.Cut(line, " ")
	return name, content
}

func (s *situation) write(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	for i := range archive.Files {
		if archive.Files[i].Name == "plan" {
			archive.Files[i].Data = []byte(got)
		}
	}
	check(t, os.WriteFile(file, txtar.Format(archive), 0o644))
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	check(t, err)
	return n
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
