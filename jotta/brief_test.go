package jotta

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// What a server says instead of an answer is not repeated at any length.
func TestLongNonsenseIsCutInErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	answers := map[string]http.HandlerFunc{
		"no HTTP":        raw(long + "\r\n\r\n"),
		"header line":    raw("HTTP/1.1 200 OK\r\n" + long + "\r\n\r\n"),
		"content length": raw("HTTP/1.1 200 OK\r\nContent-Length: " + long + "\r\n\r\n"),
		"status":         raw("HTTP/1.1 206 " + long + "\r\nContent-Length: 1\r\n\r\nx"),
		"redirect":       answer(302, "", "Location: http://"+long+"/"),
		"message":        answer(400, `{"message":"`+long+`","error_id":"`+long+`","x-id":"`+long+`"}`),
	}
	for name, nonsense := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(accountRequest, nonsense)
			s.on("GET /jfs/u1/mybox/backup/a", nonsense)
			s.on(allocateRequest, answer(200, `{"state":"INCOMPLETE","upload_url":"http://`+long+`/"}`),
				answer(200, `{"state":"INCOMPLETE","upload_url":"https://`+long+`/"}`))
			c, _ := newTestClient(t, s)
			_, err := c.Account(t.Context())
			_, err2 := c.Upload(t.Context(), textUpload("content"))
			_, err3 := c.Upload(t.Context(), textUpload("content"))
			_, err4 := c.Download(t.Context(), Download{Path: "/mybox/backup/a", Size: 1, MD5: MD5{1}, To: io.Discard})
			for _, err := range []error{err, err2, err3, err4} {
				if err == nil || len(err.Error()) > 1000 {
					t.Errorf("got %.300v, of %d bytes", err, len(err.Error()))
				}
			}
		})
	}
}

// raw gives the bytes of an answer, whatever they are.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(connection, text)
		_ = connection.Close()
	}
}
