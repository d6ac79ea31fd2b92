package emulator

import "fmt"

// tree is the account as it is now. It changes through apply only, so that a replay
// of the journal gives the same tree again. The server's lock guards it.
type tree struct {
	root    *folder // holds the devices
	usage   int64   // bytes of all current versions, the trash included [?]
	account accountRecord
	uploads map[string]*upload     // by id
	shares  map[string]*file       // by the secret of the public link
	content map[[16]byte]*blob     // what the account has, by MD5
	grants  map[string]grantRecord // by id

	// What the changes since the last look have let go of: candidates for removal
	// from disk, once the change that did it is durable.
	released released
}

type released struct {
	content [][16]byte
	uploads []*upload
}

// blob counts how many versions are this content.
type blob struct {
	size int64
	uses int
}

func newTree() *tree {
	return &tree{
		root:    newFolder("", nil),
		account: accountRecord{Quota: -1},
		uploads: map[string]*upload{},
		shares:  map[string]*file{},
		content: map[[16]byte]*blob{},
		grants:  map[string]grantRecord{},
	}
}

// folder finds a device, mountpoint or folder, in the trash or not; nil if there is none.
func (t *tree) folder(names []string) *folder {
	at := t.root
	for _, name := range names {
		if at = at.folders[fold(name)]; at == nil {
			return nil
		}
	}
	return at
}

// file finds a file, in the trash or not; nil if there is none.
func (t *tree) file(names []string) *file {
	if len(names) == 0 {
		return nil
	}
	parent := t.folder(names[:len(names)-1])
	if parent == nil {
		return nil
	}
	return parent.files[fold(names[len(names)-1])]
}

// apply changes the tree as the record says. An error means that the record does
// not fit: nothing of it has been applied, and the journal it came from is damaged.
func (t *tree) apply(r record) error {
	if !r.complete() {
		return fmt.Errorf("apply %s %q: parts are missing", r.Op, r.Path)
	}
	names := recordPath(r.Path)
	switch r.Op {
	case opAccount:
		t.account = *r.Account
		return nil
	case opGrant:
		return t.applyGrant(*r.Grant)
	case opTrash:
		return t.trash(names, timeOf(r.Deleted))
	case opDrop:
		return t.drop(names, r.Dir)
	case opMove:
		return t.move(names, recordPath(r.To), r.Dir)
	}
	parent := t.folder(names[:len(names)-1])
	if parent == nil {
		return fmt.Errorf("apply %s %q: no parent folder", r.Op, r.Path)
	}
	name := names[len(names)-1]
	switch r.Op {
	case opDevice:
		made := parent.child(name)
		made.device = &device{r.Device.Kind, r.Device.ID, r.Device.Modified}
		return nil
	case opFolder:
		parent.child(name).deleted = timeOf(r.Deleted)
		return nil
	case opFile:
		return t.putFile(parent, name, r)
	}
	return fmt.Errorf("apply %q: unknown operation", r.Op)
}

// child finds or makes a folder within f. One that exists keeps its spelling.
func (f *folder) child(name string) *folder {
	key := fold(name)
	if found := f.folders[key]; found != nil {
		return found
	}
	made := newFolder(name, f)
	if f.folders == nil {
		f.folders = map[string]*folder{}
	}
	f.folders[key] = made
	return made
}

func (t *tree) putFile(parent *folder, name string, r record) error {
	fresh, err := fileOf(r)
	if err != nil {
		return fmt.Errorf("apply file %q: %w", r.Path, err)
	}
	key := fold(name)
	fresh.name, fresh.parent = name, parent
	old := parent.files[key]
	if old != nil && old.upload != nil && fresh.upload != nil && old.upload.id == fresh.upload.id {
		fresh.upload.partial = old.upload.partial
	}
	t.adopt(fresh)
	if old != nil {
		t.disown(old)
	}
	if parent.files == nil {
		parent.files = map[string]*file{}
	}
	parent.files[key] = fresh
	if fresh.upload != nil {
		fresh.upload.file = fresh
		t.uploads[fresh.upload.id] = fresh.upload
	}
	if fresh.share != "" {
		t.shares[fresh.share] = fresh
	}
	return nil
}

func fileOf(r record) (*file, error) {
	f := &file{uuid: r.File.UUID, share: r.File.Share, deleted: timeOf(r.Deleted)}
	if r.File.Current != nil {
		current, err := r.File.Current.revision()
		if err != nil {
			return nil, err
		}
		f.current = &current
	}
	for _, kept := range r.File.Older {
		older, err := kept.revision()
		if err != nil {
			return nil, err
		}
		f.older = append(f.older, older)
	}
	if r.File.Upload != nil {
		target, err := r.File.Upload.Target.revision()
		if err != nil {
			return nil, err
		}
		f.upload = &upload{id: r.File.Upload.ID, corrupt: r.File.Upload.Corrupt, target: target, partial: new(partial)}
	}
	return f, nil
}

// adopt counts what a file uses; disown takes it back.
func (t *tree) adopt(f *file) {
	for _, version := range f.revisions() {
		known := t.content[version.digest.sum]
		if known == nil {
			known = &blob{size: version.size}
			t.content[version.digest.sum] = known
		}
		known.uses++
	}
	if f.current != nil {
		t.usage += f.current.size
	}
}

func (t *tree) disown(f *file) {
	for _, version := range f.revisions() {
		known := t.content[version.digest.sum]
		if known.uses--; known.uses == 0 {
			delete(t.content, version.digest.sum)
			t.released.content = append(t.released.content, version.digest.sum)
		}
	}
	if f.current != nil {
		t.usage -= f.current.size
	}
	if f.upload != nil {
		delete(t.uploads, f.upload.id)
		t.released.uploads = append(t.released.uploads, f.upload)
	}
	if f.share != "" {
		delete(t.shares, f.share)
	}
}
