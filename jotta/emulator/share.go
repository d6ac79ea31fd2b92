package emulator

import (
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

// sharePrefix is where a public link leads: /opin/io/downloadPublic/<user>/<secret>.
const sharePrefix = "/opin/io/downloadPublic/"

// enableShare is GET <file>?mode=enableShare: the file with a publicURI, by which
// anyone may download it. Asked again, it gives the same one.
func (x *exchange) enableShare() error {
	return x.share(func(secret string) string {
		if secret == "" {
			return hex.EncodeToString(randomBytes(16))
		}
		return secret
	})
}

// disableShare is GET <file>?mode=disableShare: the public link is no more.
func (x *exchange) disableShare() error {
	return x.share(func(string) string { return "" })
}

func (x *exchange) share(choose func(string) string) error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		held := x.server.tree.file(x.names)
		if held == nil || !held.live() {
			return nil, noSuchFile(x.path())
		}
		changed := held.record()
		changed.File.Share = choose(held.share)
		return []record{changed}, nil
	}, func() { doc = x.server.fileDocument(x.server.tree.file(x.names)) })
	return x.sendChanged(http.StatusOK, doc, err)
}

// downloadShared serves a public link. It needs no sign-in: the secret is the key.
func (x *exchange) downloadShared() error {
	user, secret := path.Split(strings.TrimPrefix(x.r.URL.Path, sharePrefix))
	s := x.server
	s.mu.RLock()
	held := s.tree.shares[secret]
	if held == nil || !held.live() || fold(strings.Trim(user, "/")) != fold(s.options.Username) {
		s.mu.RUnlock()
		return refuse(http.StatusNotFound, idNoSuchFile, "nothing is shared here")
	}
	kind := mimeType(held.name)
	version, content, err := s.openRevision(*held.current)
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	defer content.Close()
	return x.sendContent(version, content, kind)
}
