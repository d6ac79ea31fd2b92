package faults

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
)

// door stands between client and cloud. What comes through can be tampered with as
// requests and answers, or as bytes on the wire.
type door struct {
	url    string
	cloud  http.Handler
	tamper atomic.Pointer[tampering]
	wire   *wire
	server *http.Server
	serve  conc.WaitGroup
}

// tampering answers a request itself, or lets the cloud do it.
type tampering func(w http.ResponseWriter, r *http.Request, cloud http.Handler)

func openDoor(t testing.TB, cloud http.Handler) *door {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	d := &door{url: "http://" + listener.Addr().String(), cloud: cloud, wire: &wire{Listener: listener}}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	d.serve.Go(func() {
		if err := d.server.Serve(d.wire); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return d
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if tamper := d.tamper.Load(); tamper != nil {
		(*tamper)(w, r, d.cloud)
		return
	}
	d.cloud.ServeHTTP(w, r)
}

// calm lets everything through unharmed again, over new connections.
func (d *door) calm() {
	d.tamper.Store(nil)
	d.wire.behave(nil)
}

// with tampers with every request from now on.
func (d *door) with(tamper tampering) { d.tamper.Store(&tamper) }

func (d *door) close() {
	_ = d.server.Close() // what is still open is to be cut
	d.serve.Wait()
}

// decoy is a host that no request may reach, let alone one with a sign-in.
type decoy struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newDecoy(t testing.TB) *decoy {
	d := new(decoy)
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *decoy) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, r.Method+" "+r.URL.Path+" with "+r.Header.Get("Authorization"))
}

func (d *decoy) audit(t testing.TB) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.seen) > 0 {
		t.Errorf("a strange host was asked %q", d.seen)
	}
}
