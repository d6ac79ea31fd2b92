package model

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// held is a complete file of the cloud.
type held struct {
	name     string // as the cloud spells the path
	md5      string
	size     int64
	modified time.Time
}

// snapshot is the target in the cloud at one moment, by folded paths.
type snapshot struct {
	files   map[string]held
	folders map[string]string // the path as the cloud spells it
}

// in returns the folded names of what is in a folder, given folded, sorted.
func (s snapshot) in(dir string) []string {
	var found []string
	for at := range s.files {
		if parent(at) == dir {
			found = append(found, path.Base(at))
		}
	}
	for at := range s.folders {
		if parent(at) == dir {
			found = append(found, path.Base(at))
		}
	}
	slices.Sort(found)
	return found
}

// below returns the folded paths of all files in a folder and the folders below it.
func (s snapshot) below(dir string) []string {
	var found []string
	for at := range s.files {
		if within(at, dir) {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	return found
}

// wire speaks to the cloud by no code of the product.
type wire struct {
	base  string // of the account in JFS
	token string
	http  http.Client
}

func (w *wire) ask(method, name, query string, answer any) (status int, err error) {
	address := w.base + strings.ReplaceAll(encode(name), " ", "%20")
	if query != "" {
		address += "?" + query
	}
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	response, err := w.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && answer != nil {
		err = xml.NewDecoder(response.Body).Decode(answer)
	}
	return response.StatusCode, err
}

type liststream struct {
	Folders []struct {
		Path string `xml:"path"`
	} `xml:"folder"`
	Files []struct {
		Path     string    `xml:"path"`
		Name     string    `xml:"filename"`
		MD5      string    `xml:"md5"`
		Size     int64     `xml:"size"`
		Modified time.Time `xml:"modified"`
	} `xml:"file"`
}

func (w *wire) snapshot() (snapshot, error) {
	s := snapshot{map[string]held{}, map[string]string{}}
	var list liststream
	status, err := w.ask(http.MethodGet, target, "mode=liststream", &list)
	if err != nil || status != http.StatusOK && status != http.StatusNotFound {
		return s, fmt.Errorf("list the cloud: %d %w", status, err)
	}
	relative := func(name string) string { return strings.TrimPrefix(strings.TrimPrefix(name, targetFolder), "/") }
	for _, f := range list.Files {
		name := decode(join(relative(f.Path), f.Name))
		s.files[fold(name)] = held{name, strings.ToLower(f.MD5), f.Size, f.Modified.UTC()}
		s.addFolder(parent(name))
	}
	for _, f := range list.Folders {
		s.addFolder(decode(relative(f.Path)))
	}
	return s, nil
}

func (s snapshot) addFolder(name string) {
	for ; name != ""; name = parent(name) {
		s.folders[fold(name)] = name
	}
}

type revision struct {
	MD5 string `xml:"md5"`
}

// versions returns the checksums of all complete versions that the cloud has of a path,
// in the trash or not; false where it shows a folder of that name, which hides a file
// in the trash.
func (w *wire) versions(name string) (found []string, ok bool, err error) {
	var file struct {
		XMLName xml.Name
		Current revision   `xml:"currentRevision"`
		Older   []revision `xml:"revisions>revision"`
	}
	if _, err := w.ask(http.MethodGet, join(target, name), "", &file); err != nil {
		return nil, false, err
	}
	for _, r := range append(file.Older, file.Current) {
		found = append(found, strings.ToLower(r.MD5))
	}
	return found, file.XMLName.Local != "folder", nil
}

// encode and decode know the one character of the names here that the service forbids.
func encode(name string) string { return strings.ReplaceAll(name, ":", "：") }

func decode(name string) string { return strings.ReplaceAll(name, "：", ":") }
