package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/jottarun/jottarun/jotta"
)

const (
	historyFolder  = "history"
	historyVersion = 1
	maxHistory     = 8 << 20 // bytes of a file
	maxRecords     = 500
)

// historyLine is one line of the file. What it says is taken only if it is as it was
// written: half of a record beside half of another may be good JSON, and a wrong proof.
type historyLine struct {
	text   []byte  // without the line's end
	record *Record // nil where it was written by a newer jottarun
}

type savedLine struct {
	Version int             `json:"version"`
	CRC32C  string          `json:"crc32c"` // of the record's bytes
	Record  json.RawMessage `json:"record"`
}

func newHistoryLine(record Record) (historyLine, error) {
	record.Version = historyVersion
	record.limitProblems()
	record.limitRewritten()
	text, err := json.Marshal(record)
	if err != nil {
		return historyLine{}, err
	}
	line, err := json.Marshal(savedLine{historyVersion, checksumOf(text), text})
	return historyLine{line, &record}, err
}

// parseHistoryLine reports false for a line that is damaged.
func parseHistoryLine(text []byte) (historyLine, bool) {
	var saved savedLine
	if json.Unmarshal(text, &saved) != nil || saved.Version < historyVersion {
		return historyLine{}, false
	}
	if saved.Version > historyVersion {
		return historyLine{text: text}, true
	}
	record := &Record{Version: saved.Version}
	if saved.CRC32C != checksumOf(saved.Record) || json.Unmarshal(saved.Record, record.saved()) != nil {
		return historyLine{}, false
	}
	return historyLine{text, record}, true
}

func checksumOf(text []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)))
}

// proves reports whether the line holds a proof on a target, which is given case folded.
func (l historyLine) proves(target string) bool {
	return l.record != nil && l.record.Proof != nil && jotta.FoldName(l.record.Proof.Target) == target
}

// isOf reports whether the proof of the line counts for an account.
func (l historyLine) isOf(account string) bool {
	proof := l.record.Proof
	return proof.Account == account || proof.Account == "" || account == ""
}

// readHistory returns the lines of a job's file that are not damaged, those of newer
// versions among them. There are none where there is no file.
func (d *Dir) readHistory(job string) ([]historyLine, error) {
	file, err := d.root.Open(historyFile(job))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// The newest are at the end; jottarun itself writes no file that is longer.
	text, err := io.ReadAll(io.NewSectionReader(file, max(0, info.Size()-maxHistory), maxHistory))
	if err != nil {
		return nil, err
	}
	var lines []historyLine
	for text := range bytes.SplitSeq(text, []byte("\n")) {
		if line, ok := parseHistoryLine(text); ok {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// retain lets the oldest lines go until the rest has room. The newest line stays; of
// the others the newest proof of each target goes last, however old it is: guards and
// `status` go by it.
func retain(lines []historyLine) []historyLine {
	count, size := len(lines), 0
	for _, line := range lines {
		size += len(line.text) + 1
	}
	needed := newestProofs(lines)
	gone := make([]bool, len(lines))
	for _, last := range []bool{false, true} {
		for i, line := range lines[:len(lines)-1] {
			if needed[i] == last && (count > maxRecords || size > maxHistory) {
				gone[i] = true
				count, size = count-1, size-len(line.text)-1
			}
		}
	}
	var kept []historyLine
	for i, line := range lines {
		if !gone[i] {
			kept = append(kept, line)
		}
	}
	return kept
}

// newestProofs returns which lines hold the newest proof of an account's target.
func newestProofs(lines []historyLine) []bool {
	newest, seen := make([]bool, len(lines)), map[string]bool{}
	for i, line := range slices.Backward(lines) {
		if line.record == nil || line.record.Proof == nil {
			continue
		}
		target := line.record.Proof.Account + jotta.FoldName(line.record.Proof.Target)
		newest[i], seen[target] = !seen[target], true
	}
	return newest
}

// writeHistory replaces a job's file.
func (d *Dir) writeHistory(job string, lines []historyLine) error {
	if err := d.makeHistoryFolder(); err != nil {
		return err
	}
	var text []byte
	for _, line := range lines {
		text = append(append(text, line.text...), '\n')
	}
	return d.write(historyFile(job), text)
}

func (d *Dir) makeHistoryFolder() error {
	err := d.root.Mkdir(historyFolder, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.syncFolder(".")
}

func historyFile(job string) string { return filepath.Join(historyFolder, job+".jsonl") }
