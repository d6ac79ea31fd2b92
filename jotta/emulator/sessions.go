package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// grantRecord is something that was granted and outlives a restart. Of what was handed
// out only the digest is kept.
type grantRecord struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"` // empty: revoked
	Client string `json:"client,omitempty"`
	Digest string `json:"digest,omitempty"`
	Key    []byte `json:"key,omitempty"`
}

// Kinds of grants.
const (
	grantLogin   = "login"   // a personal login token that has not been used
	grantSession = "session" // a sign-in; Digest is that of its newest refresh token
	grantClient  = "client"  // a client registered at auth/v1/register
	grantKey     = "key"     // signs access tokens
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

// An access token is <session>.<expiry>.<nonce>.<signature>: it needs no memory, outlives
// a restart, and dies with its session or with the key that signed it.

// signingKey is the grant that keeps the key of access tokens.
const signingKey = "signing-key"

func newSigningKey() record {
	return record{Op: opGrant, Grant: &grantRecord{ID: signingKey, Kind: grantKey, Key: randomBytes(32)}}
}

func (s *Server) issue(session string) (token string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	expires := s.options.Now().Add(s.options.AccessLifetime).UnixMilli()
	body := fmt.Sprintf("%s.%d.%s", session, expires, randomID())
	return body + "." + s.tree.sign(body)
}

func (t *tree) sign(body string) string {
	mac := hmac.New(sha256.New, t.grants[signingKey].Key)
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Server) validAccess(token string) bool {
	cut := strings.LastIndexByte(token, '.')
	fields := strings.Split(token, ".")
	if len(fields) != 4 {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !sameSecret(token[cut+1:], s.tree.sign(token[:cut])) || s.tree.grants[fields[0]].Kind != grantSession {
		return false
	}
	expires, err := strconv.ParseInt(fields[1], 10, 64)
	return err == nil && s.options.Now().UnixMilli() < expires
}

// ExpireAccessTokens makes every access token that was handed out expire now. Token's
// stays: it belongs to the process, not to a sign-in.
func (s *Server) ExpireAccessTokens() error {
	return s.change(func() ([]record, error) { return []record{newSigningKey()}, nil }, nil)
}

// RevokeSessions ends every sign-in: refresh tokens are useless too.
func (s *Server) RevokeSessions() error {
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
