//go:build !linux && !darwin && !freebsd

package localfs

// Readable reports whether a file's mode alone lets this process read it.
func (i Info) Readable() bool { return true }

// CheckReadable asks the system whether a file in the folder may be opened for
// reading, without opening it.
func (f *Folder) CheckReadable(string) error { return nil }
