package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/sourcegraph/conc"
)

// graceful is how long Close waits for requests that are running.
const graceful = 5 * time.Second

// Running is a Server that listens.
type Running struct {
	// URL is http://127.0.0.1:port. The API is there, JFS at URL + "/jfs".
	URL string

	server *Server
	http   *http.Server
	serve  conc.WaitGroup
	failed error
}

// Start serves the cloud at addr: an IP address of loopback and a port, of which 0
// means any that is free. Any other address is refused.
func Start(s *Server, addr string) (*Running, error) {
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	r := &Running{
		URL:    "http://" + listener.Addr().String(),
		server: s,
		http: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 30 * time.Second,
			ErrorLog:          slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
		},
	}
	s.SetURL(r.URL)
	r.serve.Go(func() {
		if err := r.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.failed = err
		}
	})
	return r, nil
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("listen on %q: only loopback addresses are allowed", addr)
	}
	return nil
}

// Server is the cloud that is served.
func (r *Running) Server() *Server { return r.server }

// Close lets running requests end for a moment, stops listening, and closes the cloud.
func (r *Running) Close() error {
	err := r.Stop()
	return errors.Join(err, r.server.Close())
}

// Stop stops listening and leaves the cloud open.
func (r *Running) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), graceful)
	defer cancel()
	err := r.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = r.http.Close()
	}
	r.serve.Wait()
	return errors.Join(err, r.failed)
}
