package planner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// Stored is a file that a run has brought to the cloud, or whose times it has sent.
type Stored struct {
	Path      RelPath // below the target
	CloudPath RelPath // as the cloud was asked to spell it
	Size      int64
	MD5       jotta.MD5
	Info      localfs.Info // what it was like all the while; zero where it grew meanwhile
	Retimed   time.Time    // the time that was sent; zero where content was
}

// Proof is what a listing made after a run shows of the files that the job
// selects.
type Proof struct {
	Files   int // in the cloud with the right size and MD5
	Bytes   int64
	Missing []Problem // the others that should be
	Untimed []Problem // in the cloud, but not with the time that was sent
}

// Prove lists the target again and compares it with what the plan found unchanged
// and with what the run stored. What the cloud shows otherwise is missing,
// whatever it answered to the upload.
//
// The plan that it returns is what may be pruned now: of the planned prunings those
// that the listing still shows as they were. It has none unless the proof is whole.
func Prove(ctx context.Context, plan *Plan, stored []Stored, lister Lister) (*Proof, *Plan, error) {
	listing, err := lister.List(ctx, plan.Target)
	if err != nil {
		return nil, nil, fmt.Errorf("prove: %w", err)
	}
	proof := &Proof{}
	plan.unchanged.prove(proof, plan.unchanged.listing.Root(), listing.Root())
	found := finder{root: listing.Root(), folders: map[string]jotta.Folder{}}
	for _, s := range stored {
		file, ok := found.file(string(s.CloudPath))
		if s.Retimed.IsZero() {
			proof.check(s.Path, s.Size, s.MD5, file, ok)
		} else if ok {
			proof.checkTime(s, file) // its content is among what was unchanged
		}
	}
	return proof, plan.prunable(proof, found, stored), nil
}

// check counts a file, or says what is wrong with it.
func (p *Proof) check(path RelPath, size int64, sum jotta.MD5, file jotta.RemoteFile, found bool) {
	switch {
	case !found:
		p.Missing = append(p.Missing, Problem{Path: path, Reason: "not in the cloud's listing after the run", Files: 1})
	case file.Size != size || file.MD5 != sum:
		reason := fmt.Sprintf("the cloud lists other content after the run: %d bytes, md5 %v", file.Size, file.MD5)
		p.Missing = append(p.Missing, Problem{Path: path, Reason: reason, Files: 1})
	default:
		p.Files++
		p.Bytes += size
	}
}

func (p *Proof) checkTime(s Stored, file jotta.RemoteFile) {
	if !jotta.KeptTime(file.Modified).Equal(jotta.KeptTime(s.Retimed)) {
		reason := fmt.Sprintf("the cloud lists another time after the run: %s", file.Modified.Format(time.RFC3339))
		p.Untimed = append(p.Untimed, Problem{Path: s.Path, Reason: reason, Files: 1})
	}
}

// unchanged is the set of a listing's files that equal the local ones.
type unchanged struct {
	listing *jotta.Listing
	bits    []uint64
}

func newUnchanged(listing *jotta.Listing) unchanged {
	return unchanged{listing, make([]uint64, (listing.Files()+63)/64)}
}

func (u unchanged) add(index int) { u.bits[index/64] |= 1 << (index % 64) }

func (u unchanged) has(index int) bool { return u.bits[index/64]&(1<<(index%64)) != 0 }

// prove checks the unchanged files of a folder in the listing that was planned
// from, and of all folders below, against the same folder now.
func (u unchanged) prove(proof *Proof, planned, now jotta.Folder) {
	for i := range planned.NumFiles() {
		if !u.has(planned.FileIndex(i)) {
			continue
		}
		file := planned.File(i)
		at, found := fileIn(now, file.Name)
		proof.check(RelPath(join(planned.Path(), file.Name)), file.Size, file.MD5, at, found)
	}
	for i := range planned.NumFolders() {
		folder := planned.Folder(i)
		u.prove(proof, folder, folderIn(now, folder.Name()))
	}
}

// finder looks up paths in a listing, by exact names or else by case folding.
type finder struct {
	root    jotta.Folder
	folders map[string]jotta.Folder // that have been looked up
}

func (f finder) file(path string) (jotta.RemoteFile, bool) {
	folder, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, name = path[:i], path[i+1:]
	}
	return fileIn(f.folder(folder), name)
}

func (f finder) folder(path string) jotta.Folder {
	if path == "" {
		return f.root
	}
	if folder, ok := f.folders[path]; ok {
		return folder
	}
	above, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		above, name = path[:i], path[i+1:]
	}
	folder := folderIn(f.folder(above), name)
	f.folders[path] = folder
	return folder
}

func fileIn(folder jotta.Folder, name string) (jotta.RemoteFile, bool) {
	if i, ok := exactFile(folder, name); ok {
		return folder.File(i), true
	}
	fold := jotta.FoldName(name)
	for i := range folder.NumFiles() {
		if file := folder.File(i); jotta.FoldName(file.Name) == fold {
			return file, true
		}
	}
	return jotta.RemoteFile{}, false
}

func folderIn(folder jotta.Folder, name string) jotta.Folder {
	if i, ok := exactFolder(folder, name); ok {
		return folder.Folder(i)
	}
	fold := jotta.FoldName(name)
	for i := range folder.NumFolders() {
		if within := folder.Folder(i); jotta.FoldName(within.Name()) == fold {
			return within
		}
	}
	return jotta.Folder{}
}
