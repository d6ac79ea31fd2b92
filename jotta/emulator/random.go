package emulator

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	// crypto/rand.Read never returns an error: the program ends instead.
	_, _ = rand.Read(raw)
	return raw
}

// randomID is short and public: a request, an upload.
func randomID() string { return hex.EncodeToString(randomBytes(16)) }

// randomToken is a secret that cannot be guessed.
func randomToken() string { return base64.RawURLEncoding.EncodeToString(randomBytes(32)) }

func randomUUID() string {
	raw := randomBytes(16)
	raw[6] = raw[6]&0x0F | 0x40
	raw[8] = raw[8]&0x3F | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}
