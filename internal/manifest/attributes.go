package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
)

// attributes gives something what is recorded of it, in an order in which no step
// undoes an earlier one: a change of owner takes set-uid bits and capabilities away,
// and whoever may not write to a file may not give it attributes. What is right
// already is not touched.
func (a *applying) attributes(node *localfs.Node, e Entry, at string) {
	if e.Kind != Folder && e.HardLink == 0 && node.Status().Links > 1 {
		if !a.alike(node, e) {
			a.fail(at, hasOtherNames, nil)
		}
		return
	}
	sameContent := e.Kind != File || node.Status().Size == e.Size
	if !sameContent {
		a.withhold(at, "it is not of the size that the manifest knows: its time and holes are left as they are")
	}
	if e.Kind == File && sameContent && len(e.Holes) > 0 {
		if err := node.Punch(e.Holes); err != nil {
			a.fail(at, "holes cannot be made", err)
		}
	}
	owned := a.owner(node, e, at)
	a.xattrs(node, e, at)
	if e.Kind != Symlink {
		a.mode(node, e, at, owned)
	}
	if sameContent && !node.Status().Modified.Equal(e.Modified) {
		if err := node.SetModified(e.Modified); err != nil {
			a.fail(at, "time cannot be set", err)
		}
	}
}

// owner reports whether the recorded owner and group have it now.
func (a *applying) owner(node *localfs.Node, e Entry, at string) bool {
	user, group := a.names.userID(e.Owner), a.names.groupID(e.Group)
	now := node.Status()
	if now.Owner == user && now.Group == group {
		return true
	}
	if !a.options.Owners {
		return false
	}
	if err := node.SetOwner(user, group); err != nil {
		a.fail(at, "owner cannot be set", err)
		return false
	}
	return true
}

// special are the bits that give whoever runs a program another's rights.
const special = 0o6000

func (a *applying) mode(node *localfs.Node, e Entry, at string, owned bool) {
	want := e.Mode
	switch {
	case want&special == 0:
	case !a.options.Privileged:
		a.withhold(at, "its set-uid or set-gid bit is left out without --privileged")
		want &^= special
	case !owned:
		a.withhold(at, "its set-uid or set-gid bit is left out: it has another owner here")
		want &^= special
	}
	err := node.Look() // the owner and the ACL may have changed it
	if err == nil && node.Status().Mode != want {
		err = node.SetMode(want)
	}
	if err != nil {
		a.fail(at, "mode cannot be set", err)
	}
}

func (a *applying) xattrs(node *localfs.Node, e Entry, at string) {
	current, err := node.Xattrs()
	if err != nil && len(e.Xattrs) > 0 {
		a.fail(at, "attributes cannot be read", err)
	}
	var without []string
	for _, x := range e.Xattrs {
		switch now, found := value(current, x.Name); {
		case !a.options.Privileged && isTrusted(x.Name):
			without = append(without, strconv.Quote(x.Name))
		case found && bytes.Equal(now, x.Value):
		default:
			if err := node.SetXattr(x.Name, x.Value); err != nil {
				a.fail(at, fmt.Sprintf("attribute %q cannot be set", x.Name), err)
			}
		}
	}
	if len(without) > 0 {
		a.withhold(at, strings.Join(without, ", ")+" left out without --privileged")
	}
	// An ACL that the folder above has handed down may let somebody in whom the mode
	// alone would not.
	for _, x := range current {
		if _, known := value(e.Xattrs, x.Name); !known && isACL(x.Name) {
			if err := node.RemoveXattr(x.Name); err != nil {
				a.fail(at, fmt.Sprintf("attribute %q cannot be removed", x.Name), err)
			}
		}
	}
}

func value(xattrs []localfs.Xattr, name string) ([]byte, bool) {
	i, found := slices.BinarySearchFunc(xattrs, name, func(x localfs.Xattr, name string) int { return strings.Compare(x.Name, name) })
	if !found {
		return nil, false
	}
	return xattrs[i].Value, true
}

func isACL(name string) bool { return strings.HasPrefix(name, "system.posix_acl_") }

// isTrusted reports whether the system acts on an attribute; of those that are not for
// everybody's use only ACLs are known to be harmless.
func isTrusted(name string) bool { return !strings.HasPrefix(name, "user.") && !isACL(name) }
