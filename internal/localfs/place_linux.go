package localfs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Place is an open folder in which things of every kind are held and made by their
// names. No name is ever followed where it is a link.
type Place struct{ dir *os.File }

// Place opens the folder once more, for what goes beyond reading. It stays open when
// the Folder is closed.
func (f *Folder) Place() (*Place, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, cause(err)
	}
	return &Place{dir}, nil
}

// Close gives the descriptor back.
func (p *Place) Close() error { return p.dir.Close() }

// Hold returns what the name stands for now, of whatever kind.
func (p *Place) Hold(name string) (*Node, error) {
	if !isName(name) {
		return nil, errNotAName
	}
	return p.hold(name)
}

// HoldSelf returns the folder itself.
func (p *Place) HoldSelf() (*Node, error) { return p.hold(".") }

func (p *Place) hold(name string) (*Node, error) {
	fd, err := unix.Openat(p.fd(), name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	node := &Node{fd: fd}
	if err := node.Look(); err != nil {
		return nil, errors.Join(err, node.Close())
	}
	return node, nil
}

// MakeFolder makes a folder that only its owner can enter.
func (p *Place) MakeFolder(name string) error {
	if !isName(name) {
		return errNotAName
	}
	return unix.Mkdirat(p.fd(), name, 0o700)
}

// MakeLink makes a symbolic link.
func (p *Place) MakeLink(target, name string) error {
	if !isName(name) {
		return errNotAName
	}
	return unix.Symlinkat(target, p.fd(), name)
}

// MakeSpecial makes a fifo, a socket or a device file that only its owner can use.
func (p *Place) MakeSpecial(name string, s Status) error {
	if !isName(name) {
		return errNotAName
	}
	mode := uint32(0o600)
	switch s.Type {
	case os.ModeNamedPipe:
		mode |= unix.S_IFIFO
	case os.ModeSocket:
		mode |= unix.S_IFSOCK
	case os.ModeDevice:
		mode |= unix.S_IFBLK
	case os.ModeDevice | os.ModeCharDevice:
		mode |= unix.S_IFCHR
	default:
		return errors.ErrUnsupported
	}
	return unix.Mknodat(p.fd(), name, mode, int(unix.Mkdev(s.Major, s.Minor)))
}

// MakeHardLink gives the node another name, here. It is an error that the name is
// taken.
func (p *Place) MakeHardLink(node *Node, name string) error {
	if !isName(name) {
		return errNotAName
	}
	return unix.Linkat(unix.AT_FDCWD, node.path(), p.fd(), name, unix.AT_SYMLINK_FOLLOW)
}

// Rename gives what is called old another name in the folder; what has that name is
// replaced, if it is no folder.
func (p *Place) Rename(old, name string) error {
	if !isName(old) || !isName(name) {
		return errNotAName
	}
	return unix.Renameat(p.fd(), old, p.fd(), name)
}

// Remove removes a name that stands for no folder.
func (p *Place) Remove(name string) error {
	if !isName(name) {
		return errNotAName
	}
	return unix.Unlinkat(p.fd(), name, 0)
}

// fd is valid as long as the Place is open.
func (p *Place) fd() int { return int(p.dir.Fd()) }
