package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Kinds of sign-in, as the request log shows them.
const (
	authNone    = "none"
	authBasic   = "basic"
	authBearer  = "bearer"
	authRefused = "refused" // something was sent, and it was not right
)

type authentication struct {
	kind string
	own  bool // the emulator's own credentials: they open /emulator/
}

// authenticate looks at the Authorization header. It never tells which part of it
// was wrong, nor how long the right prefix was.
func (s *Server) authenticate(r *http.Request) authentication {
	header := r.Header.Get("Authorization")
	if header == "" {
		return authentication{kind: authNone}
	}
	if user, password, ok := r.BasicAuth(); ok {
		// Both are compared always, so that the time tells nothing.
		known := sameSecret(fold(user), fold(s.options.Username))
		right := sameSecret(password, s.options.Password)
		if known && right {
			return authentication{kind: authBasic, own: true}
		}
		return authentication{kind: authRefused}
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || s.options.Legacy {
		return authentication{kind: authRefused}
	}
	if sameSecret(token, s.token) {
		return authentication{kind: authBearer, own: true}
	}
	if s.validAccess(token) {
		return authentication{kind: authBearer}
	}
	return authentication{kind: authRefused}
}

// sameSecret compares in constant time, whatever the lengths.
func sameSecret(given, right string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(right))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
