package jotta

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// sealed reads all of a text in pieces, as a hasher does, and returns its seal.
func sealed(t *testing.T, text string) Seal {
	t.Helper()
	sealer := NewSealer(strings.NewReader(text))
	if _, err := io.Copy(io.Discard, io.NewSectionReader(sealer, 0, int64(len(text)))); err != nil {
		t.Fatal(err)
	}
	seal := sealer.Seal(int64(len(text)))
	if !seal.Known() {
		t.Fatal("there is no seal")
	}
	return seal
}

// Sealed content that is not what was sealed never arrives in full, wherever it differs.
func TestUploadOfContentThatChangedSinceItWasSealed(t *testing.T) {
	t.Parallel()
	original := strings.Repeat("0123456789", 50_000)
	for name, now := range map[string]string{
		"first byte":     "x" + original[1:],
		"last byte":      original[:len(original)-1] + "x",
		"two swapped":    "10" + original[2:],
		"shorter by one": original[:len(original)-1],
	} {
		for _, resume := range []int64{0, 100} {
			t.Run(fmt.Sprint(name, resume), func(t *testing.T) {
				t.Parallel()
				s := newScript(t)
				s.on(allocateRequest, s.allocated("INCOMPLETE", resume))
				s.on(uploadRequest, stored(original))
				c, _ := newTestClient(t, s)
				u := textUpload(original)
				u.Content, u.Seal = strings.NewReader(now), sealed(t, original)
				if _, err := c.Upload(t.Context(), u); !errors.Is(err, ErrContentChanged) {
					t.Errorf("got %v", err)
				}
				s.Close() // waits for the handler
				for _, r := range s.seen(uploadRequest) {
					if int64(len(r.body)) >= u.Size-resume {
						t.Errorf("all %d bytes arrived", len(r.body))
					}
				}
			})
		}
	}
}

// What is sealed is not hashed again: the MD5 is taken for granted.
func TestSealedContentIsSent(t *testing.T) {
	t.Parallel()
	for _, resume := range []int64{0, 3} {
		s := newScript(t)
		s.on(allocateRequest, s.allocated("INCOMPLETE", resume))
		s.on(uploadRequest, stored("another"))
		c, _ := newTestClient(t, s)
		u := textUpload("another")
		u.Content, u.Seal = strings.NewReader("content"), sealed(t, "content")
		if _, err := c.Upload(t.Context(), u); err != nil {
			t.Error(err)
		}
		if sent := s.seen(uploadRequest); len(sent) != 1 || string(sent[0].body) != "content"[resume:] {
			t.Errorf("sent: %+v", sent)
		}
	}
}

// A seal is of the whole, or there is none.
func TestSealOfWhatWasReadOtherwise(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string][][2]int64{ // from, length
		"nothing":       {},
		"a part":        {{0, 3}},
		"not the start": {{3, 4}},
		"not in order":  {{3, 4}, {0, 3}},
		"a part twice":  {{0, 3}, {0, 3}, {3, 4}},
		"a gap":         {{0, 3}, {4, 3}},
	} {
		sealer := NewSealer(strings.NewReader("content and more"))
		for _, r := range reads {
			if _, err := sealer.ReadAt(make([]byte, r[1]), r[0]); err != nil {
				t.Fatal(err)
			}
		}
		if sealer.Seal(7).Known() {
			t.Errorf("%s: there is a seal", name)
		}
	}
	if (Seal{}).Known() {
		t.Error("nothing is sealed")
	}
}
