package jotta

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

const maxRedirects = 3

// newTransport keeps as many idle connections as there are requests at a time, and
// speaks HTTP/1.1: HTTP/2 costs a quarter more CPU for small files, and has all uploads
// wait for each other on one connection.
// How long an answer may take is not its matter but the stall watch's.
func newTransport(connections int) legible {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return legible{&http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		MaxIdleConnsPerHost:    connections,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    30 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		WriteBufferSize:        64 << 10,
		ReadBufferSize:         64 << 10,
		DisableCompression:     true, // a small answer must not unpack to a big one
	}}
}

// legible shows a redirect to an address that cannot be read as the refusal it is;
// net/http would take it for a broken connection, after which one tries again.
type legible struct{ *http.Transport }

// RoundTrip sends one request.
func (t legible) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Transport.RoundTrip(req)
	if err != nil || resp.StatusCode < 300 || resp.StatusCode > 399 {
		return resp, err
	}
	if _, err := req.URL.Parse(resp.Header.Get("Location")); err != nil {
		resp.Header.Del("Location")
	}
	return resp, nil
}

// checkRedirect follows a read within its own host. Everything else would show the
// sign-in, or a file, to somebody it is not meant for.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case first.Method != http.MethodGet:
		return fmt.Errorf("%w: a %s is sent where it was meant to go, or not at all", ErrRefusedRedirect, first.Method)
	case next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host || next.URL.User != nil:
		return fmt.Errorf("%w: it leads to another host, %.200q", ErrRefusedRedirect, next.URL.Scheme+"://"+next.URL.Host)
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d in a row", ErrRefusedRedirect, maxRedirects)
	}
	return nil
}
