//go:build !linux

package localfs

import (
	"errors"
	"time"
)

// What goes beyond reading contents is built for Linux only.

// Place is an open folder in which things of every kind are held and made.
type Place struct{}

// Place returns an error that is errors.ErrUnsupported.
func (f *Folder) Place() (*Place, error) { return nil, errors.ErrUnsupported }

// Close gives the descriptor back.
func (*Place) Close() error { return nil }

// Hold is unsupported here.
func (*Place) Hold(string) (*Node, error) { return nil, errors.ErrUnsupported }

// HoldSelf is unsupported here.
func (*Place) HoldSelf() (*Node, error) { return nil, errors.ErrUnsupported }

// MakeFolder is unsupported here.
func (*Place) MakeFolder(string) error { return errors.ErrUnsupported }

// MakeLink is unsupported here.
func (*Place) MakeLink(string, string) error { return errors.ErrUnsupported }

// MakeSpecial is unsupported here.
func (*Place) MakeSpecial(string, Status) error { return errors.ErrUnsupported }

// MakeHardLink is unsupported here.
func (*Place) MakeHardLink(*Node, string) error { return errors.ErrUnsupported }

// Rename is unsupported here.
func (*Place) Rename(string, string) error { return errors.ErrUnsupported }

// Remove is unsupported here.
func (*Place) Remove(string) error { return errors.ErrUnsupported }

// Node is something of any kind, held without being opened.
type Node struct{}

// Close gives the node's descriptor back.
func (*Node) Close() error { return nil }

// Status knows nothing here.
func (*Node) Status() Status { return Status{} }

// Target is unsupported here.
func (*Node) Target() (string, error) { return "", errors.ErrUnsupported }

// Xattrs is unsupported here.
func (*Node) Xattrs() ([]Xattr, error) { return nil, errors.ErrUnsupported }

// Xattr is unsupported here.
func (*Node) Xattr(string) ([]byte, error) { return nil, errors.ErrUnsupported }

// SetXattr is unsupported here.
func (*Node) SetXattr(string, []byte) error { return errors.ErrUnsupported }

// RemoveXattr is unsupported here.
func (*Node) RemoveXattr(string) error { return errors.ErrUnsupported }

// SetOwner is unsupported here.
func (*Node) SetOwner(uint32, uint32) error { return errors.ErrUnsupported }

// SetMode is unsupported here.
func (*Node) SetMode(uint32) error { return errors.ErrUnsupported }

// SetModified is unsupported here.
func (*Node) SetModified(time.Time) error { return errors.ErrUnsupported }

// Holes is unsupported here.
func (*Node) Holes(int) ([]Hole, bool, error) { return nil, false, errors.ErrUnsupported }

// Punch is unsupported here.
func (*Node) Punch([]Hole) error { return errors.ErrUnsupported }

// Look is unsupported here.
func (*Node) Look() error { return errors.ErrUnsupported }

// SameContent is unsupported here.
func (*Node) SameContent(*Node) (bool, error) { return false, errors.ErrUnsupported }
