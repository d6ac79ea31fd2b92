package manifest

import (
	"errors"
	"strings"
)

// order makes sure that entries come as the format has them: a folder, then all in it
// that is no folder, then the folders in it, each with all that is below before the
// next; names in a folder in their byte order. So whoever reads needs to remember only
// the folders above.
type order struct{ above []level }

// level is a folder that has not been left yet.
type level struct {
	path       string
	lastName   string // of what is no folder
	lastFolder string
}

var (
	errNoFolder = errors.New("the folder it is in is not described right before it")
	errOrder    = errors.New("it is out of order, or described twice")
)

// add takes the next entry. It returns which folders are left with it, the deepest
// first.
func (o *order) add(path string, folder bool) (left int, err error) {
	if path == "" {
		if len(o.above) > 0 {
			return 0, errOrder
		}
		o.above = append(o.above, level{})
		return 0, nil
	}
	if len(o.above) == 0 {
		o.above = append(o.above, level{}) // the target's own folder need not be described
	}
	parent, name := split(path)
	for ; len(o.above) > 0 && o.top().path != parent; left++ {
		o.above = o.above[:len(o.above)-1]
	}
	if len(o.above) == 0 {
		return left, errNoFolder
	}
	if top := o.top(); folder {
		if name <= top.lastFolder {
			return left, errOrder
		}
		top.lastFolder = name
		o.above = append(o.above, level{path: path})
	} else {
		if top.lastFolder != "" || name <= top.lastName {
			return left, errOrder
		}
		top.lastName = name
	}
	return left, nil
}

func (o *order) top() *level { return &o.above[len(o.above)-1] }

func split(path string) (parent, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}
