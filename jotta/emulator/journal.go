package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
)

// journal is an append-only file of changes, one a line: an eight-digit checksum, a
// space, the change as JSON. A change that was cut short by a crash fails its
// checksum; it is the last one, was never answered, and is cut away on opening.
//
// Appending and syncing are apart so that changes that come together share one
// fsync: append hands out a ticket, and wait returns once that change is on disk.
type journal struct {
	file   *os.File
	noSync bool

	mu     sync.Mutex // guards what follows
	size   int64      // bytes of whole changes
	broken error      // a failed write or sync: no change is safe any more

	syncing sync.Mutex // held by the one that syncs; the others wait and find it done
	synced  int64
}

var errJournalDamaged = errors.New("journal is damaged")

// change is what one line holds.
type change struct {
	Records []record `json:"r"`
}

// encodeChange makes a line of a change.
func encodeChange(records []record) ([]byte, error) {
	body, err := json.Marshal(change{records})
	if err != nil {
		return nil, fmt.Errorf("encode change: %w", err)
	}
	line := make([]byte, 0, len(body)+10)
	line = fmt.Appendf(line, "%08x ", crc32.ChecksumIEEE(body))
	line = append(line, body...)
	return append(line, '\n'), nil
}

// decodeChange reads a line back, its newline taken off.
func decodeChange(line []byte) ([]record, error) {
	if len(line) < 9 || line[8] != ' ' {
		return nil, errJournalDamaged
	}
	body := line[9:]
	if fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)) != string(line[:8]) {
		return nil, errJournalDamaged
	}
	var c change
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, fmt.Errorf("%w: %w", errJournalDamaged, err)
	}
	if len(c.Records) == 0 {
		return nil, errJournalDamaged
	}
	return c.Records, nil
}

// readChanges hands every whole change of r to apply, and returns how many bytes
// they took. A torn end is no error; anything whole after a damaged line is one.
func readChanges(r io.Reader, apply func([]record) error) (whole int64, err error) {
	reader := bufio.NewReaderSize(r, 1<<16)
	var torn bool
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil // no newline: the last write was cut
		}
		if err != nil {
			return whole, fmt.Errorf("read journal: %w", err)
		}
		records, err := decodeChange(bytes.TrimSuffix(line, []byte{'\n'}))
		switch {
		case err != nil:
			torn = true
			continue
		case torn:
			return whole, fmt.Errorf("read journal: %w at byte %d, with whole changes after it", errJournalDamaged, whole)
		}
		if err := apply(records); err != nil {
			return whole, fmt.Errorf("replay journal at byte %d: %w", whole, err)
		}
		whole += int64(len(line))
	}
}

// openJournal replays a journal, cuts a torn end off, and continues it.
func openJournal(root *os.Root, name string, noSync bool, apply func([]record) error) (*journal, error) {
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	whole, err := readChanges(f, apply)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// What was read is not known to be on disk: the last holder may have been killed
	// before it synced.
	return &journal{file: f, noSync: noSync, size: whole}, nil
}

// append writes a line and returns the ticket to wait for. If the write fails, the
// journal is as it was before.
func (j *journal) append(line []byte) (ticket int64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return 0, j.broken
	}
	if _, err := j.file.WriteAt(line, j.size); err != nil {
		if cut := j.file.Truncate(j.size); cut != nil {
			j.broken = cut
		}
		return 0, fmt.Errorf("write journal: %w", err)
	}
	j.size += int64(len(line))
	return j.size, nil
}

// wait returns once the ticket's change, and all before it, are durable.
func (j *journal) wait(ticket int64) error {
	if j.noSync {
		return nil
	}
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= ticket {
		return nil
	}
	j.mu.Lock()
	written, broken := j.size, j.broken
	j.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := j.file.Sync(); err != nil {
		j.fail(err)
		return fmt.Errorf("sync journal: %w", err)
	}
	j.synced = written
	return nil
}

// position is the ticket of the last change appended.
func (j *journal) position() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// fail lets no further change through: what is on disk and what is in memory may not
// be the same any more.
func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = fmt.Errorf("journal is unusable: %w", err)
}

func (j *journal) close() error {
	return errors.Join(j.wait(j.size), j.file.Close())
}
