package state_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/state"
)

// writtenHistory returns the file's text once the records were appended.
func writtenHistory(t *testing.T, records ...state.Record) []byte {
	t.Helper()
	dir := openDir(t)
	mustAppend(t, dir, records...)
	text, err := os.ReadFile(historyPath(dir))
	check(t, err)
	return text
}

// putHistory makes text the history of a job.
func putHistory(t *testing.T, dir *state.Dir, text []byte) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(historyPath(dir)), 0o700))
	check(t, os.WriteFile(historyPath(dir), text, 0o600))
}

// mustRememberSome checks that what is remembered of three runs is some of them, in
// their order, and that the last proof is the newest one's. It returns how many.
func mustRememberSome(t *testing.T, dir *state.Dir, what string) int {
	t.Helper()
	got, err := dir.History("home")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	var proof *state.Proof
	next := 1
	for _, record := range got {
		for next <= 3 && !reflect.DeepEqual(record, someRecord(next)) {
			next++
		}
		if next > 3 {
			t.Fatalf("%s: invented %+v", what, record)
		}
		proof = someProof(next)
		next++
	}
	if last, err := dir.LastProof("home", target); err != nil || !reflect.DeepEqual(last, proof) {
		t.Fatalf("%s: last proof %+v, %v", what, last, err)
	}
	return len(got)
}

func TestHistoryCutAtEveryByte(t *testing.T) {
	t.Parallel()
	whole := writtenHistory(t, someRecord(1), someRecord(2), someRecord(3))
	dir := openDir(t)
	for n := range len(whole) {
		putHistory(t, dir, whole[:n])
		// The end of its line is no part of a record.
		want := bytes.Count(append(whole[:n:n], whole[n:min(n+1, len(whole))]...), []byte("\n"))
		if got := mustRememberSome(t, dir, "cut"); got != want {
			t.Fatalf("cut at %d: %d records, want %d", n, got, want)
		}
	}
	putHistory(t, dir, whole[:len(whole)/2])
	mustAppend(t, dir, someRecord(2), someRecord(3))
	mustRemember(t, dir, someRecord(1), someRecord(2), someRecord(3))
}

// A byte that turned, or the beginning of one record with the end of the next, may be
// good JSON still: it is no record.
func TestDamagedHistoryInventsNothing(t *testing.T) {
	t.Parallel()
	whole := writtenHistory(t, someRecord(1), someRecord(2), someRecord(3))
	second := bytes.IndexByte(whole, '\n') + 1
	dir := openDir(t)
	for i := range second {
		turned := bytes.Clone(whole)
		turned[i] ^= 1 // a digit becomes another one
		putHistory(t, dir, turned)
		if got := mustRememberSome(t, dir, "turned"); got == 0 {
			t.Fatalf("byte %d took all records with it", i)
		}
		putHistory(t, dir, append(whole[:i:i], whole[second+i:]...))
		mustRememberSome(t, dir, "joined")
	}
}

func TestHistoryThatIsNone(t *testing.T) {
	t.Parallel()
	whole := writtenHistory(t, someRecord(1), someRecord(2), someRecord(3))
	dir := openDir(t)
	for name, text := range map[string][]byte{
		"empty": nil, "zeroed": make([]byte, len(whole)), "lines": []byte("\n\n\n"), "JSON": []byte("{}\n[]\nnull\n1\n\"x\"\n"),
		"versions": []byte(`{"version":0,"crc32c":"00000000","record":null}` + "\n" + `{"version":1,"crc32c":"00000000"}` + "\n" + `{"version":-1}`),
		"deep":     bytes.Repeat([]byte("["), 1<<20), "random": bytes.Repeat([]byte("\xff\x00{\"\n"), 1<<16),
	} {
		putHistory(t, dir, text)
		if got := mustRememberSome(t, dir, name); got != 0 {
			t.Errorf("%s: %d records", name, got)
		}
		mustAppend(t, dir, someRecord(3))
		mustRemember(t, dir, someRecord(3))
	}
	putHistory(t, dir, append(append([]byte("junk\n"), whole...), "{\n"...))
	mustRemember(t, dir, someRecord(1), someRecord(2), someRecord(3))
}

// Who goes back to an older jottarun, and on again, has lost nothing.
func TestRecordsOfANewerVersionAreLeftAlone(t *testing.T) {
	t.Parallel()
	newer := `{"version":2,"sum":"other","record":{"proof":{"target":"/mybox/backup/home"}}}`
	dir := openDir(t)
	putHistory(t, dir, append(writtenHistory(t, someRecord(1)), newer+"\n"...))
	mustRemember(t, dir, someRecord(1))
	mustHaveProof(t, dir, target, someProof(1))
	mustAppend(t, dir, someRecord(2))
	mustRemember(t, dir, someRecord(1), someRecord(2))
	text, err := os.ReadFile(historyPath(dir))
	check(t, err)
	if lines := strings.Split(string(text), "\n"); len(lines) != 4 || lines[1] != newer {
		t.Errorf("the file has become\n%s", text)
	}
}

func TestHistoryThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	check(t, os.MkdirAll(historyPath(dir), 0o700))
	if records, err := dir.History("home"); err == nil || !strings.Contains(err.Error(), `"home"`) {
		t.Errorf("History = %v, %v", records, err)
	}
	if proof, err := dir.LastProof("home", target); err == nil || !strings.Contains(err.Error(), `"home"`) {
		t.Errorf("LastProof = %v, %v", proof, err)
	}
	if err := dir.Append("home", someRecord(1)); err == nil || !strings.Contains(err.Error(), `"home"`) {
		t.Errorf("Append = %v", err)
	}
	outside := filepath.Join(filepath.Dir(dir.Path()), "outside.jsonl")
	check(t, os.WriteFile(outside, nil, 0o600))
	if records, err := dir.History("../../outside"); err == nil {
		t.Errorf("outside of the state folder: %v", records)
	}
}

// A write that fails leaves what was there.
func TestAppendThatFails(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	mustAppend(t, dir, someRecord(1))
	check(t, os.MkdirAll(filepath.Join(historyPath(dir)+".tmp", "in the way"), 0o700))
	if err := dir.Append("home", someRecord(2)); err == nil {
		t.Error("no error")
	}
	mustRemember(t, dir, someRecord(1))
}

func TestHistoryKeepsTheNewest500(t *testing.T) {
	t.Parallel()
	unproved, elsewhere := someRecord(9), someRecord(2)
	unproved.Proof = nil
	elsewhere.Proof.Target = "/mybox/backup/elsewhere"
	dir := openDir(t)
	putHistory(t, dir, append(writtenHistory(t, someRecord(1), elsewhere, someRecord(3), unproved),
		bytes.Repeat(writtenHistory(t, unproved), 600)...))
	mustAppend(t, dir, someRecord(4))
	records, err := dir.History("home")
	check(t, err)
	if len(records) != 500 {
		t.Fatalf("%d records", len(records))
	}
	// The one proof that no later one replaces stays, however old.
	if diff := cmp.Diff([]state.Record{elsewhere, unproved, unproved, someRecord(4)}, append(records[:3:3], records[499])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	mustAppend(t, dir, unproved)
	mustHaveProof(t, dir, "/mybox/backup/elsewhere", elsewhere.Proof)
	mustHaveProof(t, dir, target, someProof(4))
}

func TestHistoryHasALimitedSize(t *testing.T) {
	t.Parallel()
	const limit = 8 << 20
	long := someRecord(9)
	long.Proof, long.Problems[0].Reason = nil, strings.Repeat("r", 100_000)
	line := writtenHistory(t, long)
	dir := openDir(t)
	putHistory(t, dir, append(writtenHistory(t, someRecord(1)), bytes.Repeat(line, limit/len(line))...))
	mustAppend(t, dir, long)
	mustHaveProof(t, dir, target, someProof(1))
	info, err := os.Stat(historyPath(dir))
	if err != nil || info.Size() > limit || info.Size() < limit-2*int64(len(line)) {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	// Of what others made of the file, the end counts.
	putHistory(t, dir, append(append(bytes.Repeat([]byte("x"), limit), '\n'), writtenHistory(t, someRecord(2))...))
	mustRemember(t, dir, someRecord(2))
}
