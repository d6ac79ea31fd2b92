//go:build !linux && !darwin && !freebsd

package localfs

import "os"

const openFlags = 0

type identity struct{ info os.FileInfo }

func (i identity) known() bool { return i.info != nil }

func (i Info) same(other Info) bool { return os.SameFile(i.info, other.info) }

func (i *Info) addSystem(info os.FileInfo) { i.identity = identity{info} }

// lstatIn describes a name in the folder, which is open as dir as well.
func (f *Folder) lstatIn(_ *os.File, name string) (Info, error) { return f.Lstat(name) }
