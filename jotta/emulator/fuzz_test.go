package emulator

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPath holds the reader of request paths to its promise: what it lets through are
// names that can be kept, and escaping them again leads to the same names.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"", "/", "u1/mybox/backup/a.txt", "a+b", "a%2Bb", "a%2Fb", "..", "%2e%2e/x", "a//b", "%zz", "%ff", "a%00b",
		"%EF%BF%BE", "K\u212a", strings.Repeat("x", 256), "trailing/", "%E2%80%9B%EF%BC%82",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		names, err := splitEscaped(path)
		if err != nil {
			return
		}
		escaped := make([]string, len(names))
		for i, name := range names {
			if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00\n") || !utf8.ValidString(name) {
				t.Fatalf("%q lets the name %q through", path, name)
			}
			if fold(fold(name)) != fold(name) || !strings.EqualFold(name, fold(name)) {
				t.Fatalf("fold(%q) = %q", name, fold(name))
			}
			escaped[i] = strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
		}
		again, err := splitEscaped(strings.Join(escaped, "/"))
		if err != nil || joinNames(again) != joinNames(names) {
			t.Fatalf("%q: %q, again %q: %v", path, names, again, err)
		}
	})
}

// FuzzJournal reads anything as a journal: no panic, and what was whole stays whole
// when it is read alone.
func FuzzJournal(f *testing.F) {
	line, err := encodeChange([]record{{Op: opFolder, Path: "/mybox/backup"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add(line)
	f.Add(append(append([]byte{}, line...), line[:20]...))
	f.Add(append(append([]byte{}, line[:20]...), line...))
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(t *testing.T, journal []byte) {
		count := 0
		whole, err := readChanges(bytes.NewReader(journal), func([]record) error { count++; return nil })
		if err != nil {
			return
		}
		again := 0
		if n, err := readChanges(bytes.NewReader(journal[:whole]), func([]record) error { again++; return nil }); err != nil || n != whole || again != count {
			t.Fatalf("%d bytes with %d changes, alone %d with %d: %v", whole, count, n, again, err)
		}
	})
}

// FuzzRange holds the reader of Range headers to the bytes that there are.
func FuzzRange(f *testing.F) {
	f.Add("bytes=0-", int64(10))
	f.Add("bytes=-3", int64(10))
	f.Add("bytes=5-2", int64(10))
	f.Add("bytes=9223372036854775807-", int64(1))
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		start, length, _, err := parseRange(header, size)
		if err == nil && (start < 0 || length < 0 || length > size || start > size-length) {
			t.Fatalf("%q of %d: %d bytes from %d", header, size, length, start)
		}
	})
}

// FuzzRequest sends anything anywhere: the answer is never a 5xx, and the tree can
// still be told whole.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/jfs/u1/mybox/backup/a?mkDir=true", "")
	f.Add("POST", "/jfs/u1/mybox/backup/a?mv=/u1/mybox/backup/b", "")
	f.Add("POST", "/jfs/u1/mybox/backup/a?mvDir=/u1/mybox/backup/a/b", "")
	f.Add("POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/x/y","bytes":0,"md5":"d41d8cd98f00b204e9800998ecf8427e"}`)
	f.Add("POST", "/jfs/u1/mybox?type=LAPTOP", "")
	f.Add("GET", "/jfs/u1/mybox?mode=liststream", "")
	f.Add("POST", "/auth/v1/token", "grant_type=PASSWORD&client_id=x")
	f.Add("GET", "/auth/realms/x/protocol/openid-connect/auth?redirect_uri=http://[::1]:1/", "")
	f.Add("POST", "/emulator/faults", `[{"nth":-1}]`)
	options := testOptions(f)
	f.Fuzz(func(t *testing.T, method, target, body string) {
		if strings.HasPrefix(target, "/emulator/faults") {
			return // faults may well be 5xx
		}
		parsed, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		options.Directory = t.TempDir()
		s, err := Open(options)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, path := range []string{"/jfs/u1/mybox/backup", target} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			if path == target {
				r.Method, r.URL = method, parsed
			} else {
				r.URL.Path = path
			}
			r.Header.Set("Authorization", "Bearer "+s.Token())
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError {
				t.Fatalf("%s %s: %d: %s", method, target, w.Code, w.Body)
			}
		}
		describeTree(t, s.tree)
	})
}
