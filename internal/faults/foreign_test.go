package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
)

// Answers that lead elsewhere: no request follows them, with or without a sign-in, and
// the file is named. A redirect is asked for once.
func TestRedirectsElsewhere(t *testing.T) {
	t.Parallel()
	for status := 301; status <= 308; status++ {
		for _, prefix := range []string{"/account/", "/jfs/", "/files/v1/allocate", "/files/v1/upload/"} {
			t.Run(fmt.Sprint(status, " of ", prefix), func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				l.client = l.newClient() // one that does not know the account's name yet
				l.write("file", []byte("content"))
				locations := []string{
					l.decoy.URL + "/x", "//" + l.decoy.Listener.Addr().String() + "/x", "https://jottacloud.com.example/x",
					"http://u:p@" + strings.TrimPrefix(l.door.url, "http://"), "file:///etc/passwd", "javascript:0", ":", "",
				}
				for _, location := range locations {
					redirect(l, prefix, status, location)
				}
				l.mustConverge()
			})
		}
	}
}

func redirect(l *lab, prefix string, status int, location string) {
	l.t.Helper()
	l.server.ResetRequests()
	asked := 0
	l.door.with(func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			cloud.ServeHTTP(w, r)
			return
		}
		asked++ // one request at a time: there is one file
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	})
	o := l.run()
	err := o.err
	if err == nil {
		err = o.named["file"]
	}
	if !errors.Is(err, jotta.ErrRefusedRedirect) || asked != 1 {
		l.t.Errorf("to %q: %v after %d requests", location, err, asked)
	}
}

// An upload address that is none of the service's own gets neither sign-in nor file.
func TestForeignUploadAddress(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("file", []byte("content"))
	host := strings.TrimPrefix(l.door.url, "http://")
	for _, address := range []string{
		l.decoy.URL + "/up", "http://" + l.decoy.Listener.Addr().String(), "https://evil.example/up",
		"http://u:p@" + host + "/up", "https://" + host + "@evil.example/up", "http://up.jottacloud.com/up",
		"file:///etc/passwd", "unix:/run/x", "gopher://x/", "//" + l.decoy.Listener.Addr().String() + "/up", "/up", "", "\x00",
		"https://jottacloud.com.evil.example/up", "https://xn--jottacloud-x.com/up", "http://[::1]:1/up", "http://0x7f000001:1/up",
	} {
		l.door.with(rewriteOf("/files/v1/allocate", 1, map[string]any{"upload_url": address}))
		l.server.ResetRequests()
		o := l.run()
		err := o.named["file"]
		if !errors.Is(err, jotta.ErrHostNotAllowed) && !errors.Is(err, jotta.ErrBadAnswer) || len(l.requests("allocate")) != 1 {
			t.Errorf("%q: %v, %+v", address, err, o.summary)
		}
	}
	l.mustConverge()
}
