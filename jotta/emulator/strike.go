package emulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// around runs a request, struck by a fault if one was scripted for it.
func (f *faults) around(x *exchange, found route, run func(*exchange)) {
	if f.idle() {
		run(x)
		return
	}
	fault := f.pick(x, found)
	if fault == nil {
		run(x)
		return
	}
	if fault.Delay > 0 && !x.pause(fault.Delay) {
		panic(http.ErrAbortHandler)
	}
	x.strike(fault, found, run)
}

// pause waits, unless the client goes away.
func (x *exchange) pause(delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
		return false
	}
}

func (x *exchange) strike(fault *Fault, found route, run func(*exchange)) {
	switch {
	case fault.CutRequest > 0:
		x.r.Body = &cutBody{body: x.r.Body, left: fault.CutRequest}
		x.w = discard{header: http.Header{}}
		run(x)
		panic(http.ErrAbortHandler)
	case fault.CutAnswer > 0:
		x.w = &cutAnswer{ResponseWriter: x.w, left: fault.CutAnswer}
		run(x)
		panic(http.ErrAbortHandler)
	case fault.FlipAnswer > 0:
		x.w = &flipAnswer{ResponseWriter: x.w, at: fault.FlipAnswer - 1}
		run(x)
	case fault.onlyDelays():
		run(x)
	default:
		answer := x.w
		if fault.After {
			x.w = discard{header: http.Header{}}
			run(x)
		}
		x.w = answer
		x.fail(fault, found)
	}
}

// fail answers as the fault says, or resets the connection.
func (x *exchange) fail(fault *Fault, found route) {
	if fault.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, value := range fault.Headers {
		x.w.Header().Set(name, value)
	}
	if fault.RetryAfter != "" {
		x.w.Header().Set("Retry-After", fault.RetryAfter)
	}
	if fault.Body != "" {
		x.send(fault.Status, "text/html", []byte(fault.Body))
		return
	}
	refused := &refusal{fault.Status, fault.ErrorID, "scripted fault"}
	if found.xml {
		x.refuseXML(refused)
	} else {
		x.refuseJSON(refused)
	}
}

// subject is what Fault.Path is looked for in: the path of the request, or of what an
// allocate or an upload is about.
func (x *exchange) subject(found route) string {
	switch found.name {
	case "allocate":
		// The body is read ahead and put back.
		body, _ := io.ReadAll(io.LimitReader(x.r.Body, maxDocument))
		x.r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), x.r.Body))
		var request allocateRequest
		_ = json.Unmarshal(body, &request) // what is no JSON has no path
		return request.Path
	case "upload":
		s := x.server
		s.mu.RLock()
		defer s.mu.RUnlock()
		if pending := s.tree.uploads[strings.TrimPrefix(x.r.URL.Path, uploadPrefix)]; pending != nil {
			return "/jfs" + joinNames(pending.file.names())
		}
	}
	return x.r.URL.Path
}

// discard takes an answer that nobody gets to see.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// cutBody ends a request's body early, as a lost connection does.
type cutBody struct {
	body io.ReadCloser
	left int64
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errCut
	}
	n, err := c.body.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func (c *cutBody) Close() error { return c.body.Close() }

// cutAnswer sends the beginning of an answer.
type cutAnswer struct {
	http.ResponseWriter
	left int64
}

func (c *cutAnswer) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(int64(len(p)), c.left)])
	if c.left -= int64(n); err == nil && c.left <= 0 {
		// What was written so far reaches the client before the connection ends.
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		return n, errCut
	}
	return len(p), err
}

// flipAnswer changes one bit on the way.
type flipAnswer struct {
	http.ResponseWriter
	at int64
}

func (f *flipAnswer) Write(p []byte) (int, error) {
	if f.at >= 0 && f.at < int64(len(p)) {
		p = bytes.Clone(p)
		p[f.at] ^= 1
	}
	f.at -= int64(len(p))
	return f.ResponseWriter.Write(p)
}
