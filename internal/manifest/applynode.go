package manifest

import (
	"errors"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
)

// fileOrSpecial sees to everything that is neither a folder nor a symbolic link.
func (a *applying) fileOrSpecial(e Entry) {
	switch {
	case e.Kind == Folder || e.Kind == Symlink:
	case e.Kind == File && !a.restored(e):
	case e.Kind.isDevice() && !a.options.Privileged:
		a.withhold(e.at(), "a device file is left out without --privileged")
	default:
		a.thing(e)
	}
}

func (a *applying) symlink(e Entry) {
	if e.Kind == Symlink {
		a.thing(e)
	}
}

// thing makes what is no file, joins it with its other names, and gives it its
// attributes.
func (a *applying) thing(e Entry) {
	place, name, at, err := a.locate(e)
	if err == nil && name == "" {
		err = errInTheWay // a root has its path
	}
	if err != nil {
		if e.Kind != File || !errors.Is(err, fs.ErrNotExist) {
			a.fail(at, "its folder cannot be opened", err)
		}
		return
	}
	node, err := a.find(place, name, e)
	if errors.Is(err, fs.ErrNotExist) && e.Kind == File {
		return // no restored one
	}
	if err != nil {
		a.fail(at, "cannot be brought back", err)
		return
	}
	defer node.Close()
	if e.HardLink > 0 {
		if first, known := a.groups[e.HardLink]; known {
			if err := a.join(spot{place, name}, node, e, first); err != nil {
				a.fail(at, "hard link cannot be made", err)
			}
			return // the attributes came with the first name
		}
		a.groups[e.HardLink] = member{at, idOf(node)}
		if node.Status().Links > 1 {
			a.shared[e.HardLink] = &shared{path: at, names: map[string]bool{}}
			return // it gets its attributes once it is known where its names are
		}
	}
	a.attributes(node, e, at)
}

// find holds what is there, if it is what the entry describes; what is no file is made
// where there is nothing.
func (a *applying) find(place *localfs.Place, name string, e Entry) (*localfs.Node, error) {
	node, err := place.Hold(name)
	if errors.Is(err, fs.ErrNotExist) && e.Kind != File {
		if err := a.make(place, name, e); err != nil {
			return nil, err
		}
		node, err = place.Hold(name)
	}
	if err != nil {
		return nil, err
	}
	if err := e.describes(node); err != nil {
		node.Close()
		return nil, err
	}
	return node, nil
}

func (a *applying) make(place *localfs.Place, name string, e Entry) error {
	if e.Kind == Symlink {
		return place.MakeLink(e.Target, name)
	}
	mode, _ := e.Kind.fileMode() // checked when it was read
	return place.MakeSpecial(name, localfs.Status{Type: mode, Major: e.Major, Minor: e.Minor})
}

// describes returns an error where something is not the thing that the entry means.
func (e *Entry) describes(node *localfs.Node) error {
	status := node.Status()
	if kind, _ := kindOf(status.Type); kind != e.Kind {
		return errInTheWay
	}
	if e.Kind.isDevice() && (status.Major != e.Major || status.Minor != e.Minor) {
		return errInTheWay
	}
	if e.Kind == Symlink {
		target, err := node.Target()
		if err != nil {
			return err
		}
		if target != e.Target {
			return errInTheWay
		}
	}
	return nil
}
