package emulator

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sourcegraph/conc"
)

// proxy is the server's other face over https: for clients that have JottaCloud's host
// names built in it is the proxy that leads them here. It leads nowhere else.
type proxy struct {
	server *Server
	own    string // the address to connect to
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		p.server.ServeHTTP(w, r)
		return
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port != "443" || !slices.Contains(hostNames(), strings.ToLower(host)) {
		http.Error(w, "this proxy leads to JottaCloud's own hosts only", http.StatusForbidden)
		return
	}
	p.connect(w)
}

// connect joins the client's connection with one to the server itself, until either of
// them ends.
func (p *proxy) connect(w http.ResponseWriter) {
	far, err := net.Dial("tcp", p.own)
	if err != nil {
		http.Error(w, "no connection", http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var both conc.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(far, buffered) // what the client was quick to send is in the buffer
		_ = far.Close()
	})
	_, _ = io.Copy(near, far)
	_ = near.Close()
	both.Wait()
}
