package emulator

import (
	"strings"
	"time"
)

// File is a complete file of the cloud that is not in the trash.
type File struct {
	Path     string    `json:"path"` // from the top of the walk on, slashes between, not at the front
	Size     int64     `json:"size"`
	MD5      string    `json:"md5"` // lower case
	Modified time.Time `json:"modified"`
}

// Tree walks what is below a path, /device/mountpoint/..., not through the protocol:
// tests compare it with what a client says. A path that is not there has no files.
func (s *Server) Tree(path string) []File {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	if trimmed := strings.Trim(path, "/"); trimmed != "" {
		names = strings.Split(trimmed, "/")
	}
	top := s.tree.folder(names)
	if top == nil || top.deleted != never {
		return nil
	}
	return top.present(nil, "")
}

func (f *folder) present(found []File, prefix string) []File {
	for _, held := range f.sortedFiles() {
		if held.live() {
			found = append(found, File{
				Path: prefix + held.name, Size: held.current.size,
				MD5: strings.ToLower(held.current.digest.String()), Modified: time.Unix(held.current.modified, 0).UTC(),
			})
		}
	}
	for _, inner := range f.sortedFolders() {
		if inner.deleted == never {
			found = inner.present(found, prefix+inner.name+"/")
		}
	}
	return found
}

// SetQuota limits the account, in bytes; negative: without limit. It is kept.
func (s *Server) SetQuota(bytes int64) error {
	return s.administer(func(a *accountRecord) { a.Quota = bytes })
}

// SetWriteLocked makes the account refuse every change. It is kept.
func (s *Server) SetWriteLocked(locked bool) error {
	return s.administer(func(a *accountRecord) { a.WriteLocked = locked })
}

// SetReadLocked makes the account refuse to show what it holds. It is kept.
func (s *Server) SetReadLocked(locked bool) error {
	return s.administer(func(a *accountRecord) { a.ReadLocked = locked })
}

func (s *Server) administer(set func(*accountRecord)) error {
	return s.change(func() ([]record, error) {
		account := s.tree.account
		set(&account)
		return []record{{Op: opAccount, Account: &account}}, nil
	}, nil)
}
