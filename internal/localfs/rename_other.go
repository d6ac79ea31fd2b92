//go:build !linux

package localfs

// renameNew gives a file a name that nothing has yet.
func (f *Folder) renameNew(from, to string) error { return f.renameByLink(from, to) }
