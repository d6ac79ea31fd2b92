package jotta

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// jfsFolder is a folder with its files, as JFS describes one outside of liststream.
// Names are escaped, as the service stores them.
type jfsFolder struct {
	jfsEntry
	parent  string // "/user/device/…", or "" where it is not said
	folders []jfsEntry
	files   []jfsFile
	counts  [numJFSCounts]int64 // of <metadata>; -1: not said
}

type jfsEntry struct {
	name    string
	fault   string // what spoils it, or ""
	trashed bool
}

type jfsFile struct {
	jfsEntry
	state string // of its current revision
	file  RemoteFile
	known struct{ size, md5 bool }
}

const (
	countAll = iota
	countFolders
	countFiles
	numJFSCounts
)

// readFolder reads the element that was opened last, a <folder> or a <mountPoint>.
func readFolder(s *xmlScanner, tag xmlTag) (*jfsFolder, error) {
	f := &jfsFolder{jfsEntry: readEntry(tag), counts: [...]int64{-1, -1, -1}}
	err := s.children(func(child xmlTag) error {
		switch string(child.name) {
		case "name":
			return f.readName(s)
		case "path":
			return f.readParent(s)
		case "folders":
			return s.children(f.readSubfolder)
		case "files":
			return s.children(func(tag xmlTag) error { return f.readFile(s, tag) })
		case "metadata":
			return f.readCounts(child)
		}
		return nil
	})
	if err == nil {
		err = f.checkCounts()
	}
	return f, err
}

func readEntry(tag xmlTag) jfsEntry {
	value, _ := attribute(tag.attributes, "name")
	name, fault := unescapeXML(bytes.Clone(value))
	return jfsEntry{string(name), fault, hasAttribute(tag.attributes, "deleted")}
}

func (f *jfsFolder) readName(s *xmlScanner) error {
	name, fault, err := s.content()
	f.name, f.fault = string(name), fault
	return err
}

func (f *jfsFolder) readParent(s *xmlScanner) error {
	path, fault, err := s.content()
	f.parent = string(path)
	if f.fault == "" {
		f.fault = fault
	}
	return err
}

func (f *jfsFolder) readSubfolder(tag xmlTag) error {
	if string(tag.name) == "folder" {
		f.folders = append(f.folders, readEntry(tag))
	}
	return nil
}

func (f *jfsFolder) readFile(s *xmlScanner, tag xmlTag) error {
	if string(tag.name) != "file" {
		return nil
	}
	file, seen := jfsFile{jfsEntry: readEntry(tag)}, false
	err := s.children(func(child xmlTag) error {
		switch {
		case string(child.name) != "currentRevision": // a latestRevision is not complete
			return nil
		case seen:
			return errors.New("a <file> with two current revisions")
		}
		seen = true
		return file.readRevision(s)
	})
	f.files = append(f.files, file)
	return err
}

func (f *jfsFile) readRevision(s *xmlScanner) error {
	return s.children(func(child xmlTag) error {
		name := string(child.name)
		switch name {
		case "state", "size", "md5", "modified":
		default:
			return nil
		}
		text, _, err := s.content()
		if err != nil {
			return err
		}
		f.setField(name, string(bytes.TrimSpace(text)))
		return nil
	})
}

func (f *jfsFile) setField(name, value string) {
	switch name {
	case "state":
		f.state = value
	case "size":
		size, err := strconv.ParseUint(value, 10, 63)
		f.file.Size, f.known.size = int64(size), err == nil
	case "md5":
		sum, err := ParseMD5(value)
		f.file.MD5, f.known.md5 = sum, err == nil
	case "modified":
		f.file.Modified, _ = time.Parse(jfsTimeLayout, value) // what is compared is content
	}
}

// addTo adds what is complete of the folder's files, by its path below the listed one:
// those that are not in the trash, and the folder itself, or else those that are.
func (f *jfsFolder) addTo(b *ListingBuilder, path string, trashed bool) {
	if !trashed {
		b.AddFolder(path)
	}
	for i := range f.files {
		file := &f.files[i]
		fault := file.fault
		switch {
		case fault != "":
			fault = "the name: " + fault
		case !file.known.size:
			fault = "its size is missing"
		case !file.known.md5:
			fault = "its MD5 is missing"
		}
		switch {
		case file.state != stateCompleted, (file.trashed || f.trashed) != trashed:
		case fault != "":
			b.AddOdd(joinPath(path, file.name), fault)
		default:
			b.AddFile(path, file.name, file.file)
		}
	}
}

func (f *jfsFolder) readCounts(tag xmlTag) error {
	for i, name := range [...]string{countAll: "total", countFolders: "num_folders", countFiles: "num_files"} {
		value, found := attribute(tag.attributes, name)
		if !found || len(value) == 0 {
			continue
		}
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil {
			return fmt.Errorf("<metadata> says %q of %s", harmless(string(value), 40), name)
		}
		f.counts[i] = int64(n)
	}
	return nil
}

// checkCounts compares what was read with what <metadata> says. What total counts is
// not known for sure [?], but it is no more than everything.
func (f *jfsFolder) checkCounts() error {
	folders, files := int64(len(f.folders)), int64(len(f.files))
	differ := func(i int, n int64) bool { return f.counts[i] >= 0 && f.counts[i] != n }
	if differ(countFolders, folders) || differ(countFiles, files) || f.counts[countAll] > folders+files {
		return fmt.Errorf("it has %d files and %d folders, and says %d and %d, %d in all",
			files, folders, f.counts[countFiles], f.counts[countFolders], f.counts[countAll])
	}
	return nil
}
