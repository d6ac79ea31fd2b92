package manifest

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
)

// member is the first name of a hard link group that was met in the tree.
type member struct {
	path string
	id   fileID
}

// spot is where an entry is.
type spot struct {
	place *localfs.Place
	name  string
}

func idOf(node *localfs.Node) fileID { return fileID{node.Status().Device, node.Status().Inode} }

var (
	errOtherContent = errors.New("its other name holds other content")
	errReplaced     = errors.New("its other name was replaced meanwhile")
)

// join makes a name one with the first of its group, where it is not yet. What both hold
// is compared first, so that no content is lost: only what is twice becomes one.
func (a *applying) join(here spot, node *localfs.Node, e Entry, first member) error {
	if idOf(node) == first.id {
		return nil
	}
	firstPlace, firstName, err := a.other.to(first.path)
	if err != nil {
		return err
	}
	original, err := firstPlace.Hold(firstName)
	if err != nil {
		return err
	}
	defer original.Close()
	if idOf(original) != first.id {
		return errReplaced
	}
	if err := e.describes(original); err != nil {
		return errOtherContent
	}
	if e.Kind == File {
		same, err := node.SameContent(original)
		if err != nil {
			return fmt.Errorf("compare with its other name: %w", err)
		}
		if !same {
			return errOtherContent
		}
	}
	return replace(here.place, here.name, original)
}

// replace makes name another name of the node, in one step.
func replace(place *localfs.Place, name string, node *localfs.Node) error {
	sum := md5.Sum([]byte(name))
	temporary := ".jottarun-link-" + hex.EncodeToString(sum[:]) // the same each time, so that nothing piles up
	if err := place.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := place.MakeHardLink(node, temporary); err != nil {
		return err
	}
	if err := place.Rename(temporary, name); err != nil {
		return errors.Join(err, place.Remove(temporary))
	}
	return nil
}
