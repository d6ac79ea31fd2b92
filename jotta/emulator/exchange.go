package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// hostName stands where the service names one of its own machines.
const hostName = "emulator"

// maxDocument bounds the body of a JSON or form request.
const maxDocument = 1 << 20

// exchange is one request on its way to one answer.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	id     string     // the x-id that errors carry
	names  []string   // path below /jfs/<user>: device, mountpoint, folders, file
	query  url.Values // parsed once; a query that does not parse is refused
}

// operation does what one route promises. A returned error becomes the answer.
type operation func(*exchange) error

func (x *exchange) send(status int, contentType string, body []byte) {
	header := x.w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	// A client that went away learns nothing; there is nobody else to tell.
	_, _ = x.w.Write(body)
}

func (x *exchange) sendXML(status int, doc *document) {
	x.send(status, "text/xml;charset=UTF-8", doc.bytes())
}

func (x *exchange) sendJSON(status int, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	x.send(status, "application/json", body)
	return nil
}

// readJSON reads a bounded body that must be one JSON object.
func (x *exchange) readJSON(into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(x.w, x.r.Body, maxDocument))
	if err := decoder.Decode(into); err != nil {
		return invalid("body is not the JSON expected")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return invalid("body has more than one JSON value")
	}
	return nil
}

// path is the request's own path as the service writes it, for messages.
func (x *exchange) path() string {
	return "/" + x.server.options.Username + joinNames(x.names)
}

// baseURL is this server as the client reached it, so that links in answers work
// behind a proxy or a hosts file too.
func (x *exchange) baseURL() string {
	scheme := "http"
	if x.r.TLS != nil || x.r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + x.r.Host
}
