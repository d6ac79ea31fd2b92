package state_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/state"
)

const target = "/mybox/backup/Home"

// someRecord is a run with everything in it. Runs differ in n.
func someRecord(n int) state.Record {
	started := since.Add(time.Duration(n) * time.Hour)
	return state.Record{
		Version: 1, Job: "home", Target: target, Started: started, Ended: started.Add(time.Minute),
		Verdict: state.VerdictProtected, Program: "1.2.3",
		Seen: n + 70, Unchanged: 60, Uploaded: n, Replaced: 1, Moved: 2, Pruned: 3, Skipped: 4, Failed: 5, Bytes: 6,
		Cause: "interrupted", PlanDigest: "1f", Rewritten: []string{"r", "bad\xff"},
		Problems: []state.ProblemRecord{{Path: "a/b", Reason: "changed while being read"}}, ProblemCount: 1,
		Proof: someProof(n),
	}
}

func someProof(n int) *state.Proof {
	return &state.Proof{
		Time: since.Add(time.Duration(n) * time.Hour), Target: target, Files: 1000 + n, Bytes: 5000,
		Roots: []state.RootProof{
			{Path: "/home", As: "h", Files: 1000, FileSystem: "uuid:1111-aaaa", Mounts: []string{"a", "b"}},
			{Path: "/srv", Files: n},
		},
	}
}

func mustAppend(t *testing.T, dir *state.Dir, records ...state.Record) {
	t.Helper()
	for _, record := range records {
		if err := dir.Append("home", record); err != nil {
			t.Fatal(err)
		}
	}
}

func mustRemember(t *testing.T, dir *state.Dir, want ...state.Record) {
	t.Helper()
	got, err := dir.History("home")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("history: %v (-want +got):\n%s", err, diff)
	}
}

func mustHaveProof(t *testing.T, dir *state.Dir, target string, want *state.Proof) {
	t.Helper()
	got, err := dir.LastProof("home", target)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("last proof on %s: %v (-want +got):\n%s", target, err, diff)
	}
}

func historyPath(dir *state.Dir) string { return filepath.Join(dir.Path(), "history", "home.jsonl") }

func TestHistory(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	mustRemember(t, dir)
	mustHaveProof(t, dir, target, nil)
	failed := state.Record{Job: "home", Target: target, Verdict: state.VerdictRefused, Version: 77}
	mustAppend(t, dir, someRecord(1), someRecord(2), failed)
	failed.Version = 1
	mustRemember(t, dir, someRecord(1), someRecord(2), failed)
	mustHaveProof(t, dir, target, someProof(2))
	if other, err := dir.History("other"); len(other) > 0 || err != nil {
		t.Errorf("another job: %v, %v", other, err)
	}
	for name, mode := range map[string]os.FileMode{historyPath(dir): 0o600, filepath.Dir(historyPath(dir)): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// A proof counts for the target that it was given on, as the cloud tells names apart.
func TestLastProofIsOfTheSameTarget(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	moved := someRecord(3)
	moved.Target, moved.Proof.Target = "/mybox/backup/new", "/mybox/backup/new"
	mustAppend(t, dir, someRecord(1), someRecord(2), moved)
	mustHaveProof(t, dir, "/mybox/backup/new", moved.Proof)
	mustHaveProof(t, dir, "/MYBOX/backup/home", someProof(2))
	mustHaveProof(t, dir, "/mybox/bac\u212Aup/Home", someProof(2)) // the Kelvin sign is a k
	for _, none := range []string{"/mybox/backup", "/mybox/backup/Home/x", "/mybox/backup/Homé", ""} {
		mustHaveProof(t, dir, none, nil)
	}
}

// A proof counts for the account whose target it was given on.
func TestLastProofIsOfTheSameAccount(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	mustAppend(t, dir, someRecord(1)) // of no account: from an older jottarun
	dir.ForAccount("old")
	mustHaveProof(t, dir, target, someProof(1))
	mustAppend(t, dir, someRecord(2))
	dir.ForAccount("new")
	mustHaveProof(t, dir, target, someProof(1))
	mustAppend(t, dir, someRecord(3))
	for identity, want := range map[string]int{"old": 2, "new": 3} {
		dir.ForAccount(identity)
		proof, err := dir.LastProof("home", target)
		if err != nil || proof == nil || !proof.Time.Equal(someProof(want).Time) {
			t.Errorf("%s: %+v, %v, want that of run %d", identity, proof, err, want)
		}
	}
}

// No name and no time keeps a run from being remembered, or comes back as another.
func TestHistoryTakesOddNamesAndTimes(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "bad\xff", "bad\xfe", "bad\ufffd", "new\nline", "nul\x00", "\x1b[31m", "<a>&b", "\u2028", `\"`, "\xed\xa0\x80",
		`{"text":"x","base64":"eA=="}`, strings.Repeat("é", 127),
	}
	far := []time.Time{
		{}, time.Unix(-1, 5).UTC(), time.Unix(1<<31, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Unix(math.MaxInt64, 999999999).UTC(), time.Unix(math.MinInt64, 0).UTC(),
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("odd", 25*3600+1)),
	}
	dir := openDir(t)
	var want []state.Record
	for i := range max(len(names), len(far)) {
		name, moment := names[i%len(names)], far[i%len(far)]
		record := someRecord(i)
		record.Started, record.Ended, record.Proof.Time = moment, moment, moment
		record.Problems[0] = state.ProblemRecord{Path: name, Reason: "r"}
		record.Proof.Target = name
		record.Proof.Roots = []state.RootProof{{Path: name, As: name, FileSystem: name, Mounts: names}}
		want = append(want, record)
	}
	mustAppend(t, dir, want...)
	mustRemember(t, dir, want...)
	for _, record := range want {
		mustHaveProof(t, dir, record.Proof.Target, record.Proof)
	}
}

func TestARecordHasRoomForSoManyProblems(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	many, counted, long := someRecord(1), someRecord(2), someRecord(3)
	for i := range 1500 {
		many.Problems = append(many.Problems, state.ProblemRecord{Path: fmt.Sprint(i), Reason: "r"})
	}
	counted.ProblemCount = 7
	for range 100 {
		long.Problems = append(long.Problems, state.ProblemRecord{Path: strings.Repeat("p", 4000), Reason: strings.Repeat("r", 4000)})
	}
	mustAppend(t, dir, many, counted, long)
	if len(many.Problems) != 1501 {
		t.Errorf("the caller's own record has %d problems left", len(many.Problems))
	}
	many.Problems, many.ProblemCount = many.Problems[:1000], 1501
	long.Problems, long.ProblemCount = long.Problems[:17], 101 // 128 KiB of them
	mustRemember(t, dir, many, counted, long)
}
