package emulator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A snapshot is the tree as a list of changes, in the journal's own form. Its first
// record names the generation of the journal that continues it, its last one counts
// the lines: a snapshot that is not whole is never used.
const (
	opSnapshot    = "snapshot"
	opSnapshotEnd = "end"
)

const snapshotDraft = snapshotName + temporary

// snapshotBatch is how many records share a line.
const snapshotBatch = 64

func journalName(generation int) string { return journalStem + strconv.Itoa(generation) }

// loadTree reads snapshot and journal, and returns the tree, the open journal and its
// generation. Journals of other generations are leftovers of a compaction.
func loadTree(d *directory, noSync bool) (*tree, *journal, int, error) {
	t := newTree()
	generation, err := readSnapshot(d, t)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("read snapshot: %w", err)
	}
	j, err := openJournal(d.root, journalName(generation), noSync, t.applyAll)
	if err != nil {
		return nil, nil, 0, err
	}
	t.released = released{}
	if j.size <= compactAbove || draftSnapshot(d, t, generation+1) != nil {
		// Where there is no room for a snapshot the long journal goes on: all can be read.
		return t, j, generation, removeOldJournals(d, generation)
	}
	if err := errors.Join(j.close(), adoptSnapshot(d, generation+1)); err != nil {
		return nil, nil, 0, err
	}
	j, err = openJournal(d.root, journalName(generation+1), noSync, t.applyAll)
	return t, j, generation + 1, err
}

func (t *tree) applyAll(records []record) error {
	for _, r := range records {
		if err := t.apply(r); err != nil {
			return err
		}
	}
	return nil
}

func readSnapshot(d *directory, t *tree) (generation int, err error) {
	f, err := d.root.Open(snapshotName)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	var lines int
	var ended bool
	whole, err := readChanges(f, func(records []record) error {
		switch first := records[0]; {
		case first.Op == opSnapshot:
			generation = first.Count
			return nil
		case first.Op == opSnapshotEnd:
			ended = first.Count == lines
			return nil
		}
		lines++
		return t.applyAll(records)
	})
	if err == nil && (!ended || whole != info.Size()) {
		err = errJournalDamaged
	}
	return generation, err
}

// draftSnapshot writes the tree as the start of a new generation. Until it is adopted
// it counts for nothing, and a failure leaves nothing behind.
func draftSnapshot(d *directory, t *tree, generation int) error {
	f, err := d.root.OpenFile(snapshotDraft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	out := bufio.NewWriterSize(f, 1<<18)
	err = encodeTree(out, t, generation)
	if err := errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write snapshot: %w", err), d.root.Remove(snapshotDraft))
	}
	return nil
}

// adoptSnapshot makes the draft the snapshot. The journal of its generation is empty.
func adoptSnapshot(d *directory, generation int) error {
	if err := errors.Join(d.root.Rename(snapshotDraft, snapshotName), d.sync(".")); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return removeOldJournals(d, generation)
}

func encodeTree(out io.Writer, t *tree, generation int) error {
	var lines int
	var batch []record
	emit := func(records ...record) error {
		line, err := encodeChange(records)
		if err == nil {
			_, err = out.Write(line)
		}
		return err
	}
	var err error
	add := func(r record) {
		if batch = append(batch, r); len(batch) == snapshotBatch {
			err = errors.Join(err, emit(batch...))
			batch = batch[:0]
			lines++
		}
	}
	err = emit(record{Op: opSnapshot, Count: generation})
	t.describe(add)
	if len(batch) > 0 {
		err = errors.Join(err, emit(batch...))
		lines++
	}
	return errors.Join(err, emit(record{Op: opSnapshotEnd, Count: lines}))
}

// describe gives the records that make this tree of an empty one.
func (t *tree) describe(add func(record)) {
	account := t.account
	add(record{Op: opAccount, Account: &account})
	for _, id := range slices.Sorted(maps.Keys(t.grants)) {
		grant := t.grants[id]
		add(record{Op: opGrant, Grant: &grant})
	}
	t.root.walk(func(f *folder) {
		if f.parent != nil {
			add(f.record())
		}
		for _, held := range f.sortedFiles() {
			add(held.record())
		}
	})
}

func removeOldJournals(d *directory, generation int) error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, journalStem) && name != journalName(generation) {
			if err := d.root.Remove(name); err != nil {
				return fmt.Errorf("remove old journal: %w", err)
			}
		}
	}
	return nil
}
