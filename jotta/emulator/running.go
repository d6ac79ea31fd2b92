package emulator

import (
	"context"
	"crypto/tls"
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
	// URL is http://127.0.0.1:port, or https. The API is there, JFS at URL + "/jfs".
	URL string

	server *Server
	http   *http.Server
	serve  conc.WaitGroup
	failed error
}

// Start serves the cloud at addr: an IP address of loopback and a port, of which 0
// means any that is free. Any other address is refused.
func Start(s *Server, addr string) (*Running, error) {
	listener, err := listen(addr)
	if err != nil {
		return nil, err
	}
	return s.run(listener, "http", s), nil
}

// StartTLS is Start over https. The certificate is for this machine and for the host
// names of JottaCloud; clients have to trust the authority of AuthorityFile. The server
// is also a proxy, by CONNECT, that leads those host names to itself.
func StartTLS(s *Server, addr string) (*Running, error) {
	certificate, err := s.directory.certificate(s.options.Now())
	if err != nil {
		return nil, fmt.Errorf("serve https: %w", err)
	}
	listener, err := listen(addr)
	if err != nil {
		return nil, err
	}
	secure := tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	return s.run(secure, "https", &proxy{s, listener.Addr().String()}), nil
}

func (s *Server) run(listener net.Listener, scheme string, handler http.Handler) *Running {
	r := &Running{
		URL:    scheme + "://" + listener.Addr().String(),
		server: s,
		http: &http.Server{
			Handler:           handler,
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
	return r
}

func listen(addr string) (net.Listener, error) {
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
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
