package jotta

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Options say which service to speak to, as whom, and how patiently.
type Options struct {
	Endpoints  Endpoints
	Authorizer Authorizer
	// Username is the account's name on JFS. Where it is empty it is the login of
	// BasicAuth, else the service is asked for it once.
	Username string
	// AllowedHosts may receive uploads, and the sign-in with them, besides the
	// hosts of the endpoints and JottaCloud's own. "host" allows every port of it.
	AllowedHosts []string

	Transport     http.RoundTripper // nil: one made for this client
	Connections   int               // idle connections kept per host; 0: 8
	Retries       int               // how often an operation is tried again; 0: never
	StallTimeout  time.Duration     // an attempt that moves no byte for so long has failed; 0: a minute
	UploadLimit   Limiter           // slows down what is sent; nil: nothing does
	DownloadLimit Limiter           // slows down what is received; nil: nothing does
	UserAgent     string            // "": jottarun
	Logger        *slog.Logger      // nil: silent
	Clock         Clock             // nil: the system's
}

// Clock is the time that back-off and Retry-After go by.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or returns the context's error as soon as that is done.
	Sleep(ctx context.Context, d time.Duration) error
}

// Client speaks to one account. It is safe for use by many goroutines.
type Client struct {
	endpoints  endpoints
	hosts      hostList
	authorizer Authorizer
	user       accountUser
	old        dialect
	http       *http.Client
	stall      time.Duration
	retries    int
	limits     struct{ up, down Limiter }
	userAgent  string
	log        *slog.Logger
	clock      Clock
	stats      counters
}

// Stats count what a client has done since it was made.
type Stats struct {
	Requests      int64 // HTTP requests, those tried again among them
	Retries       int64 // operations tried again
	BytesSent     int64 // bytes of file content handed to the network
	BytesReceived int64 // bytes of file content that downloads handed on
}

type counters struct{ requests, retries, bytesSent, bytesReceived atomic.Int64 }

// New returns a client. Nothing is sent yet.
func New(o Options) (*Client, error) {
	if o.Authorizer == nil {
		return nil, errors.New("make client: no authorizer")
	}
	if o.Endpoints.Upload == "" {
		o.Endpoints.Upload = o.Endpoints.JFS // JottaCloud's own only with JottaCloud's own
	}
	ends, err := o.Endpoints.parse()
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	hosts, err := newHostList(ends, o.AllowedHosts)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	if basic, ok := o.Authorizer.(basicAuth); ok && o.Username == "" {
		o.Username = basic.user
	}
	o = o.withDefaults()
	c := &Client{
		endpoints: ends, hosts: hosts, authorizer: o.Authorizer,
		user:  newAccountUser(o.Username),
		http:  &http.Client{Transport: o.Transport, CheckRedirect: checkRedirect},
		stall: o.StallTimeout, retries: o.Retries, userAgent: o.UserAgent,
		log: o.Logger, clock: o.Clock,
	}
	c.limits.up, c.limits.down = o.UploadLimit, o.DownloadLimit
	return c, nil
}

// Stats returns what has been counted so far.
func (c *Client) Stats() Stats {
	return Stats{
		Requests:      c.stats.requests.Load(),
		Retries:       c.stats.retries.Load(),
		BytesSent:     c.stats.bytesSent.Load(),
		BytesReceived: c.stats.bytesReceived.Load(),
	}
}

// Close ends the connections that are kept for later requests.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (o Options) withDefaults() Options {
	if o.Connections <= 0 {
		o.Connections = 8
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.Connections)
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = time.Minute
	}
	if o.UserAgent == "" {
		o.UserAgent = "jottarun"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return o
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
