package model

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

type kind int

const (
	isFile kind = iota
	isFolder
	isLink // which a backup leaves out
)

type node struct {
	kind    kind
	content string
	touches int // how often it was written or touched, as far as its time tells
}

// folder is a local tree on disk, and what the model knows of it: slash paths, each
// with all folders above it.
type folder struct {
	root    string
	nodes   map[string]node
	touches int
}

func newFolder(root string) *folder { return &folder{root: root, nodes: map[string]node{}} }

func (f *folder) disk(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// free reports whether something can be made under the name: nothing is there, and
// nothing but folders above.
func (f *folder) free(name string) bool {
	if _, taken := f.nodes[name]; taken {
		return false
	}
	for up := path.Dir(name); up != "."; up = path.Dir(up) {
		if n, there := f.nodes[up]; there && n.kind != isFolder {
			return false
		}
	}
	return true
}

// write gives a file content. Where keepTime is set, an edit of the same size cannot be
// told by its time.
func (f *folder) write(name, content string, keepTime bool) error {
	f.addParents(name)
	was := f.nodes[name]
	f.nodes[name] = node{isFile, content, was.touches}
	info, statErr := os.Stat(f.disk(name))
	if err := os.MkdirAll(filepath.Dir(f.disk(name)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(f.disk(name), []byte(content), 0o644); err != nil {
		return err
	}
	if keepTime && statErr == nil {
		return os.Chtimes(f.disk(name), info.ModTime(), info.ModTime())
	}
	f.touch(name)
	return nil
}

// touch notes that a file has another time.
func (f *folder) touch(name string) {
	f.touches++
	n := f.nodes[name]
	n.touches = f.touches
	f.nodes[name] = n
}

func (f *folder) link(name string) error {
	f.addParents(name)
	f.nodes[name] = node{kind: isLink}
	if err := os.MkdirAll(filepath.Dir(f.disk(name)), 0o755); err != nil {
		return err
	}
	return os.Symlink("/etc/passwd", f.disk(name))
}

func (f *folder) addParents(name string) {
	for up := path.Dir(name); up != "."; up = path.Dir(up) {
		f.nodes[up] = node{kind: isFolder}
	}
}

func (f *folder) remove(name string) error {
	maps.DeleteFunc(f.nodes, func(at string, _ node) bool { return at == name || within(at, name) })
	return os.RemoveAll(f.disk(name))
}

// rename needs a free name that is not below the old one.
func (f *folder) rename(from, to string) error {
	moved := map[string]node{}
	for at, n := range f.nodes {
		if at == from || within(at, from) {
			moved[to+strings.TrimPrefix(at, from)] = n
			delete(f.nodes, at)
		}
	}
	maps.Copy(f.nodes, moved)
	f.addParents(to)
	if err := os.MkdirAll(filepath.Dir(f.disk(to)), 0o755); err != nil {
		return err
	}
	return os.Rename(f.disk(from), f.disk(to))
}

// names returns the paths of some kinds, sorted.
func (f *folder) names(kinds ...kind) []string {
	var found []string
	for name, n := range f.nodes {
		if slices.Contains(kinds, n.kind) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// in returns the names in a folder, sorted; the root is "".
func (f *folder) in(dir string) []string {
	var found []string
	for name := range f.nodes {
		if parent(name) == dir {
			found = append(found, path.Base(name))
		}
	}
	slices.SortFunc(found, cmp.Compare[string])
	return found
}

// sameAsDisk says how the model's idea of the folder is wrong, which would be a mistake
// of the model.
func (f *folder) sameAsDisk() error {
	for _, name := range f.names(isFile) {
		content, err := os.ReadFile(f.disk(name))
		if err != nil || string(content) != f.nodes[name].content {
			return fmt.Errorf("the model thinks that %q holds %q: %q, %w", name, f.nodes[name].content, content, err)
		}
	}
	return nil
}

func within(name, dir string) bool { return strings.HasPrefix(name, dir+"/") }

func parent(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// fold is how the service tells names apart, as far as the names here go.
func fold(name string) string { return strings.ToLower(name) }
