package manifest

import (
	"context"
	"errors"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
)

var errInTheWay = errors.New("something else is there, and stays")

// makeFolder makes a folder that is not there yet.
func (a *applying) makeFolder(e Entry) {
	if e.Kind != Folder {
		return
	}
	place, name, at, err := a.locate(e)
	if err == nil && name != "" {
		if err = place.MakeFolder(name); errors.Is(err, fs.ErrExist) {
			err = a.isFolder(place, name)
		}
	}
	if err != nil {
		a.fail(at, "folder cannot be made", err)
	}
}

func (a *applying) isFolder(place *localfs.Place, name string) error {
	node, err := place.Hold(name)
	if err != nil {
		return err
	}
	defer node.Close()
	if node.Status().Kind() != localfs.KindFolder {
		return errInTheWay
	}
	return nil
}

// finishFolders gives folders their attributes as they are left behind, so that one
// that nobody may enter is shut after all in it is done.
func (a *applying) finishFolders(ctx context.Context) error {
	var open []openFolder
	leave := func(n int) {
		for range min(n, len(open)) {
			a.finishFolder(open[len(open)-1])
			open = open[:len(open)-1]
		}
	}
	err := a.read(ctx, func(e Entry, left int) {
		leave(left)
		if e.Kind == Folder {
			open = append(open, openFolder{e, a.wanted(e)})
		}
	})
	if err == nil {
		leave(len(open))
	}
	return err
}

// finishDirs is for those dirs that the manifest does not describe.
func (a *applying) finishDirs() {
	for _, d := range a.cursor.dirs {
		d.finish()
	}
}

// openFolder is a folder that has not been left behind.
type openFolder struct {
	Entry
	wanted bool
}

func (a *applying) finishFolder(e openFolder) {
	if !e.wanted {
		return
	}
	place, name, at, err := a.cursor.locate(e.Entry)
	if err != nil || name == "" && !a.options.Top {
		return // of what cannot be found it was said when it was to be made
	}
	hold := func() (*localfs.Node, error) { return place.Hold(name) }
	if name == "" {
		a.finishDirs()
		hold = place.HoldSelf
	}
	node, err := hold()
	if errors.Is(err, fs.ErrNotExist) {
		return // likewise
	}
	if err != nil {
		a.fail(at, "folder cannot be found", err)
		return
	}
	defer node.Close()
	if node.Status().Kind() == localfs.KindFolder {
		a.attributes(node, e.Entry, at)
	}
}

// locate goes to where an entry is or belongs; for what is no file the folder is made,
// where patterns have left it out.
func (a *applying) locate(e Entry) (place *localfs.Place, name, at string, err error) {
	place, name, at, err = a.cursor.locate(e)
	if e.Kind == File || !errors.Is(err, fs.ErrNotExist) {
		return place, name, at, err
	}
	if err := a.cursor.make(at); err != nil {
		return nil, "", at, err
	}
	place, name, err = a.cursor.to(at)
	return place, name, at, err
}
