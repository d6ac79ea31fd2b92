package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// trash marks a folder and all that lives below it. What was in the trash already
// keeps the time when it went there.
func (t *tree) trash(names []string, when int64) error {
	top := t.folder(names)
	if top == nil {
		return fmt.Errorf("apply trash %q: no such folder", joinNames(names))
	}
	top.walk(func(inner *folder) {
		if inner.deleted == never {
			inner.deleted = when
		}
		for _, f := range inner.files {
			if f.deleted == never {
				f.deleted = when
			}
		}
	})
	return nil
}

func (t *tree) drop(names []string, dir bool) error {
	parent := t.folder(names[:len(names)-1])
	if parent == nil {
		return fmt.Errorf("apply drop %q: no parent folder", joinNames(names))
	}
	key := fold(names[len(names)-1])
	if !dir {
		if f := parent.files[key]; f != nil {
			t.disown(f)
			delete(parent.files, key)
		}
		return nil
	}
	if top := parent.folders[key]; top != nil {
		t.disownAll(top)
		delete(parent.folders, key)
	}
	return nil
}

func (t *tree) disownAll(top *folder) {
	top.walk(func(inner *folder) {
		for _, f := range inner.files {
			t.disown(f)
		}
	})
}

func (t *tree) move(from, to []string, dir bool) error {
	source, target := t.folder(from[:len(from)-1]), t.folder(to[:len(to)-1])
	if source == nil || target == nil {
		return fmt.Errorf("apply move %q to %q: no parent folder", joinNames(from), joinNames(to))
	}
	if dir {
		return t.moveFolder(source, from[len(from)-1], target, to[len(to)-1])
	}
	return t.moveFile(source, from[len(from)-1], target, to[len(to)-1])
}

func (t *tree) moveFolder(source *folder, from string, target *folder, to string) error {
	moved := source.folders[fold(from)]
	if moved == nil {
		return fmt.Errorf("apply move: no folder %q", from)
	}
	delete(source.folders, fold(from))
	if replaced := target.folders[fold(to)]; replaced != nil {
		t.disownAll(replaced)
	}
	if target.folders == nil {
		target.folders = map[string]*folder{}
	}
	moved.name, moved.parent = to, target
	target.folders[fold(to)] = moved
	return nil
}

func (t *tree) moveFile(source *folder, from string, target *folder, to string) error {
	moved := source.files[fold(from)]
	if moved == nil {
		return fmt.Errorf("apply move: no file %q", from)
	}
	delete(source.files, fold(from))
	if replaced := target.files[fold(to)]; replaced != nil {
		t.disown(replaced)
	}
	if target.files == nil {
		target.files = map[string]*file{}
	}
	moved.name, moved.parent = to, target
	target.files[fold(to)] = moved
	return nil
}

// walk calls visit for f and every folder below it, parents first, in order of name.
func (f *folder) walk(visit func(*folder)) {
	visit(f)
	for _, inner := range f.sortedFolders() {
		inner.walk(visit)
	}
}

func (f *folder) sortedFolders() []*folder {
	return slices.SortedFunc(maps.Values(f.folders), func(a, b *folder) int { return strings.Compare(a.name, b.name) })
}

func (f *folder) sortedFiles() []*file {
	return slices.SortedFunc(maps.Values(f.files), func(a, b *file) int { return strings.Compare(a.name, b.name) })
}

// size is the bytes of all current versions below f, the trash included.
func (f *folder) size() int64 {
	var total int64
	f.walk(func(inner *folder) {
		for _, held := range inner.files {
			if held.current != nil {
				total += held.current.size
			}
		}
	})
	return total
}
