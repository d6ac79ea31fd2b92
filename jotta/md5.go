package jotta

import (
	"encoding/hex"
	"fmt"
)

// MD5 is the checksum by which JottaCloud knows content. The zero value stands
// for a checksum that is not known.
type MD5 [16]byte

// ParseMD5 reads 32 hexadecimal digits, in either case: the service gives a
// checksum back in the letter case in which it got it.
func ParseMD5(s string) (MD5, error) {
	var sum MD5
	if len(s) != 2*len(sum) {
		return MD5{}, fmt.Errorf("parse MD5 %.40q: want 32 hexadecimal digits", s)
	}
	if _, err := hex.Decode(sum[:], []byte(s)); err != nil {
		return MD5{}, fmt.Errorf("parse MD5 %.40q: want 32 hexadecimal digits", s)
	}
	return sum, nil
}

// Known reports whether the checksum was computed or received at all.
func (m MD5) Known() bool { return m != MD5{} }

// String returns 32 lower-case hexadecimal digits, or "" for a checksum that is
// not known.
func (m MD5) String() string {
	if !m.Known() {
		return ""
	}
	return hex.EncodeToString(m[:])
}

// MarshalText and UnmarshalText make a checksum a string in JSON.
func (m MD5) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText accepts what MarshalText writes.
func (m *MD5) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = MD5{}
		return nil
	}
	sum, err := ParseMD5(string(text))
	if err != nil {
		return err
	}
	*m = sum
	return nil
}
