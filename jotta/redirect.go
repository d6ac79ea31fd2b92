package jotta

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/sourcegraph/conc"
)

// redirect waits on loopback for a browser that comes back from a sign-in page.
type redirect struct {
	address string // what the page is told
	state   string // proves that the browser comes back from the page that was shown

	server *http.Server
	serve  conc.WaitGroup
	came   chan arrival
}

// arrival is what the browser brought.
type arrival struct {
	code Secret
	err  error
}

// listenForRedirect listens on a port of 127.0.0.1, or on any where that is taken.
func listenForRedirect(port int) (*redirect, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	r := &redirect{
		address: fmt.Sprintf("http://localhost:%d/", listener.Addr().(*net.TCPAddr).Port),
		state:   rand.Text(),
		came:    make(chan arrival, 1),
	}
	r.server = &http.Server{
		Handler: http.HandlerFunc(r.answer), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
	}
	r.serve.Go(func() { _ = r.server.Serve(listener) }) // it ends with close
	return r, nil
}

// wait returns the code that the browser brings.
func (r *redirect) wait(ctx context.Context) (Secret, error) {
	select {
	case a := <-r.came:
		return a.code, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (r *redirect) close() {
	// The browser is to see its page; after a second it has, or never will.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if r.server.Shutdown(ctx) != nil {
		_ = r.server.Close()
	}
	r.serve.Wait()
}

// answer takes the first request that knows the state, and tells every other one
// nothing: any page the user has open could send one.
func (r *redirect) answer(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	if req.Method != http.MethodGet || req.URL.Path != "/" ||
		subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(r.state)) != 1 {
		http.NotFound(w, req)
		return
	}
	a := arrival{code: Secret(query.Get("code"))}
	words := "You are signed in. This window can be closed."
	if refusal := query.Get("error"); refusal != "" || a.code == "" {
		a.err = fmt.Errorf("%w by the page: %s", ErrUnauthorized, harmless(refusal+" "+query.Get("error_description"), 200))
		words = "The sign-in was refused. This window can be closed; the terminal says more."
	}
	select {
	case r.came <- a:
	default: // the first one counts
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the code
	_, _ = io.WriteString(w, words+"\n")
}
