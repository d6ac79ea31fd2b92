package faults

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What an allocate may answer instead of the truth. None of it may end the program,
// complete wrong content, or be believed.
func TestAllocationThatLies(t *testing.T) {
	t.Parallel()
	const size = 300_000
	for _, tt := range []struct {
		name     string
		lie      map[string]any
		harmless bool // it only costs bytes
	}{
		{"resume_pos -1", map[string]any{"resume_pos": -1}, false},
		{"resume_pos at the end", map[string]any{"resume_pos": size}, true},
		{"resume_pos beyond", map[string]any{"resume_pos": size + 1}, false},
		{"resume_pos MaxInt64", map[string]any{"resume_pos": int64(math.MaxInt64)}, false},
		{"resume_pos MinInt64", map[string]any{"resume_pos": int64(math.MinInt64)}, false},
		{"resume_pos further than what came", map[string]any{"resume_pos": 1000}, true},
		{"resume_pos half", map[string]any{"resume_pos": 0.5}, false},
		{"resume_pos text", map[string]any{"resume_pos": "12"}, false},
		{"state CORRUPT", map[string]any{"state": "CORRUPT"}, true},
		{"state unknown", map[string]any{"state": "PROCESSING"}, false},
		{"state empty", map[string]any{"state": ""}, false},
		{"state hostile", map[string]any{"state": "\x1b[2J\n"}, false},
		{"completed, but not so", map[string]any{"state": "COMPLETED", "bytes": size - 1}, false},
		{"completed, and not true", map[string]any{"state": "COMPLETED"}, false},
		{"everything null", map[string]any{"state": nil, "resume_pos": nil, "upload_url": nil, "bytes": nil}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.write("file", bytesOf(6, size))
			l.door.with(rewriteOf("/files/v1/allocate", 1, tt.lie))
			if o := l.run(); o.whole() != tt.harmless {
				t.Errorf("all is said to be well: %v; %v, %v", o.whole(), o.err, o.named)
			}
			if n := len(l.requests("")); n > 10 {
				t.Errorf("it took %d requests", n)
			}
			l.mustConverge()
		})
	}
}

// An allocate that takes back what had come: the upload starts over from there.
func TestResumePositionMovesBack(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	content := bytesOf(8, 2_000_000)
	l.write("file", content)
	cut := func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/files/v1/upload/") {
			r.Body = http.MaxBytesReader(nil, r.Body, 1_000_000)
			cloud.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		rewriteOf("/files/v1/allocate", math.MaxInt, map[string]any{"resume_pos": 10})(w, r, cloud)
	}
	l.door.with(cut)
	if o := l.run(); o.whole() {
		t.Error("nothing arrived, and all is said to be well")
	}
	l.mustConverge()
}

// What an upload may answer instead of the truth. The cloud did get the file.
func TestUploadAnswerThatLies(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]map[string]any{
		"another MD5":   {"md5": strings.Repeat("0", 32)},
		"no MD5":        {"md5": nil},
		"hostile MD5":   {"md5": "\x1b]0;x\a\n"},
		"a byte less":   {"bytes": 999},
		"a byte more":   {"bytes": 1001},
		"bytes as text": {"bytes": "1000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.write("file", bytesOf(9, 1000))
			l.door.with(rewriteOf("/files/v1/upload/", 1, lie))
			if o := l.run(); o.whole() || o.summary.Failed != 1 {
				t.Errorf("believed: %+v", o.summary)
			}
			l.mustConverge()
		})
	}
}

// rewriteOf changes keys of the JSON that answers the first so many requests of a
// path; a nil removes the key.
func rewriteOf(prefix string, first int, keys map[string]any) tampering {
	turns := make(chan struct{}, min(first, 1<<10))
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			cloud.ServeHTTP(w, r)
			return
		}
		select {
		case turns <- struct{}{}:
		default:
			cloud.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		cloud.ServeHTTP(answer, r)
		var document map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil {
			document = map[string]any{}
		}
		for key, value := range keys {
			if document[key] = value; value == nil {
				delete(document, key)
			}
		}
		text, _ := json.Marshal(document)
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(text)
	}
}
