package emulator

import (
	"fmt"
	"strings"
)

// record is one step of a change to the tree, as the journal keeps it. A change is
// a list of records that is applied whole or not at all. Paths are joined names
// below the account: /device/mountpoint/folder/file.
type record struct {
	Op   string `json:"op"`
	Path string `json:"path,omitempty"`

	To      string         `json:"to,omitempty"`      // move
	Dir     bool           `json:"dir,omitempty"`     // move, drop: a folder, not a file
	Deleted *int64         `json:"deleted,omitempty"` // folder, trash, file
	Device  *deviceRecord  `json:"device,omitempty"`
	File    *fileRecord    `json:"file,omitempty"`
	Account *accountRecord `json:"account,omitempty"`
	Count   int            `json:"count,omitempty"` // snapshot, end
	Grant   *grantRecord   `json:"grant,omitempty"`
}

// What a record does.
const (
	opDevice  = "device"  // make a device, or change what is known of it
	opFolder  = "folder"  // make a mountpoint or folder, or set whether it is deleted
	opFile    = "file"    // make a file, or replace all that is known of it
	opMove    = "move"    // move a node with all below it; what is at To is replaced
	opTrash   = "trash"   // mark a folder and all that lives below it as deleted
	opDrop    = "drop"    // forget a node and all below it
	opAccount = "account" // replace quota and locks
	opGrant   = "grant"   // a sign-in was granted, refreshed or revoked
)

type deviceRecord struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Modified int64  `json:"modified"`
}

type fileRecord struct {
	UUID    string           `json:"uuid"`
	Share   string           `json:"share,omitempty"`
	Current *revisionRecord  `json:"current,omitempty"`
	Older   []revisionRecord `json:"older,omitempty"`
	Upload  *uploadRecord    `json:"upload,omitempty"`
}

type revisionRecord struct {
	Number   int    `json:"n"`
	MD5      string `json:"md5"`
	Size     int64  `json:"size"`
	Created  int64  `json:"created"`
	Modified int64  `json:"modified"`
	Updated  int64  `json:"updated"`
}

type uploadRecord struct {
	ID      string         `json:"id"`
	Corrupt bool           `json:"corrupt,omitempty"`
	Target  revisionRecord `json:"target"`
}

// accountRecord is what an administrator can set. A negative quota is none.
type accountRecord struct {
	Quota       int64 `json:"quota"`
	ReadLocked  bool  `json:"read_locked,omitempty"`
	WriteLocked bool  `json:"write_locked,omitempty"`
}

// complete says that the record has the parts that its operation needs.
func (r record) complete() bool {
	switch r.Op {
	case opDevice:
		return r.Device != nil
	case opFile:
		return r.File != nil
	case opAccount:
		return r.Account != nil
	case opGrant:
		return r.Grant != nil
	}
	return true
}

func recordTime(seconds int64) *int64 {
	if seconds == never {
		return nil
	}
	return &seconds
}

func timeOf(seconds *int64) int64 {
	if seconds == nil {
		return never
	}
	return *seconds
}

func (r revision) record() revisionRecord {
	return revisionRecord{r.number, r.digest.String(), r.size, r.created, r.modified, r.updated}
}

func (r revisionRecord) revision() (revision, error) {
	sum, ok := parseDigest(r.MD5)
	if !ok || r.Size < 0 {
		return revision{}, fmt.Errorf("revision %d has MD5 %q and size %d", r.Number, r.MD5, r.Size)
	}
	return revision{r.Number, sum, r.Size, r.Created, r.Modified, r.Updated}, nil
}

// record describes the file as it is, for a change or a snapshot.
func (f *file) record() record {
	kept := &fileRecord{UUID: f.uuid, Share: f.share}
	if f.current != nil {
		current := f.current.record()
		kept.Current = &current
	}
	for _, older := range f.older {
		kept.Older = append(kept.Older, older.record())
	}
	if f.upload != nil {
		kept.Upload = &uploadRecord{f.upload.id, f.upload.corrupt, f.upload.target.record()}
	}
	return record{Op: opFile, Path: joinNames(f.names()), Deleted: recordTime(f.deleted), File: kept}
}

func (f *folder) record() record {
	path := joinNames(f.names())
	if f.device != nil {
		return record{Op: opDevice, Path: path, Device: &deviceRecord{f.device.kind, f.device.id, f.device.modified}}
	}
	return record{Op: opFolder, Path: path, Deleted: recordTime(f.deleted)}
}

// recordPath takes the path of a record apart. It was joined from checked names.
func recordPath(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }
