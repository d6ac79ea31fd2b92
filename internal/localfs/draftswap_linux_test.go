package localfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Somebody swaps folders for links that lead out of the tree, and names of drafts for links
// to files that he may not write to, while files are written: nothing comes to be outside.
func TestSwappedFoldersNeverLeadOut(t *testing.T) {
	for name, link := range map[string]string{"absolute": "/outside", "upwards": "../outside"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root, outside := filepath.Join(dir, "root"), filepath.Join(dir, "outside")
			write(t, "hidden", outside, "draft")
			if err := os.MkdirAll(filepath.Join(root, "folder", "deep"), 0o755); err != nil {
				t.Fatal(err)
			}
			if name == "absolute" {
				link = outside
			}
			if err := os.Symlink(link, filepath.Join(root, "link")); err != nil {
				t.Fatal(err)
			}
			tree := openTree(t, root)
			before, done, causes := countDescriptors(t), 0, map[string]int{}
			swapWhile(t, root, "folder", "link", func() {
				for i := range opens() / 10 {
					if err := writeIn(tree, "folder", fmt.Sprint(i)); err == nil {
						done++
					} else {
						causes[err.Error()]++
					}
				}
			})
			if done == 0 || len(causes) == 0 {
				t.Errorf("%d written, %v: nothing was swapped in time", done, causes)
			}
			for _, known := range []error{ErrReplaced, ErrNotFolder, unix.ENOENT} {
				delete(causes, known.Error())
			}
			if len(causes) > 0 {
				t.Errorf("causes that say nothing of a replacement: %v", causes)
			}
			if after := countDescriptors(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
			mustRead(t, "hidden", outside, "draft")
			if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
				t.Errorf("outside: %v, %v", entries, err)
			}
		})
	}
}

// writeIn makes a file in a folder of the tree.
func writeIn(tree *Tree, rel, name string) error {
	folder, err := tree.MakeFolder(rel)
	if err != nil {
		return err
	}
	defer folder.Close()
	draft, err := folder.OpenDraft("draft")
	if err != nil {
		return err
	}
	defer draft.Close()
	if _, err := draft.Write([]byte("content")); err != nil {
		return err
	}
	if _, err := draft.Publish(Final{Name: name, Modified: aWhileAgo, Mode: 0o644}); err != nil {
		return errors.Join(err, draft.Discard())
	}
	return nil
}
