package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"sync"
	"time"
)

// grantRecord is something that was granted and outlives a restart. Of its secret only
// the digest is kept.
type grantRecord struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"` // empty: revoked
	Client string `json:"client,omitempty"`
	Digest string `json:"digest,omitempty"`
}

// Kinds of grants.
const (
	grantLogin   = "login"   // a personal login token that has not been used
	grantSession = "session" // a sign-in; Digest is that of its newest refresh token
	grantClient  = "client"  // a client registered at auth/v1/register
)

func (t *tree) applyGrant(r grantRecord) error {
	if r.Kind == "" {
		delete(t.grants, r.ID)
		return nil
	}
	t.grants[r.ID] = r
	return nil
}

// A grant's secret is handed out as <id>.<random>: the id finds the grant, whatever the
// rest, and so a refresh token that has been used before is told from one that never was.
func newSecret(id string) (secret, digest string) {
	secret = id + "." + randomToken()
	return secret, secretDigest(secret)
}

func secretDigest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func secretID(secret string) string {
	id, _, _ := strings.Cut(secret, ".")
	return id
}

// sessions are what does not outlive a restart: access tokens, and authorization codes
// on their way through a browser.
type sessions struct {
	mu     sync.Mutex
	access map[string]access // by digest
	codes  map[string]code   // by digest
}

type access struct {
	session string
	expires time.Time
}

func newSessions() *sessions {
	return &sessions{access: map[string]access{}, codes: map[string]code{}}
}

func (s *sessions) issue(session string, expires time.Time) (token string) {
	token = randomToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access[secretDigest(token)] = access{session, expires}
	return token
}

func (s *sessions) valid(token string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.access, func(_ string, held access) bool { return !now.Before(held.expires) })
	_, known := s.access[secretDigest(token)]
	return known
}

// end makes the access tokens of a session useless; an empty one means all sessions.
func (s *sessions) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.access, func(_ string, held access) bool { return session == "" || held.session == session })
}

// ExpireAccessTokens makes every access token that was handed out expire now. Token's
// stays: it belongs to the process, not to a sign-in.
func (s *Server) ExpireAccessTokens() { s.sessions.end("") }

// RevokeSessions ends every sign-in: refresh tokens are useless too.
func (s *Server) RevokeSessions() error {
	s.sessions.end("")
	return s.change(func() ([]record, error) {
		var records []record
		for id, held := range s.tree.grants {
			if held.Kind == grantSession {
				records = append(records, record{Op: opGrant, Grant: &grantRecord{ID: id}})
			}
		}
		return records, nil
	}, nil)
}
