package jotta

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Status codes that only this service has.
const (
	statusIncomplete = 420 // part of the content is still missing
	statusCorrupt    = 421 // the content does not have the MD5 that was allocated [?]
	statusQuota      = 460
	statusBandwidth  = 509
)

// APIError is an answer by which the service refused a request. With errors.Is it
// is one of the package's sentinels, where one fits.
type APIError struct {
	Op      string // what was tried, such as "upload"
	Path    string // on what; "" where it was on the account
	Status  int    // of HTTP
	ID      string // such as NoSuchPathException
	Message string
	XID     string // what the service's support asks for

	fromJFS    bool  // it is in XML; the API answers in JSON
	meant      error // the sentinel, where the words have been changed since they told it
	retryAfter time.Duration
}

func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Path != "" {
		fmt.Fprintf(&b, " %q", e.Path)
	}
	fmt.Fprintf(&b, ": %s (server code %d", e.reason(), e.Status)
	if e.ID != "" {
		b.WriteString(", " + e.ID)
	}
	if e.XID != "" {
		b.WriteString(", x-id " + e.XID)
	}
	b.WriteByte(')')
	return b.String()
}

// Is maps the answer onto the package's sentinels.
func (e *APIError) Is(target error) bool {
	kind := e.kind()
	return kind != nil && target == kind
}

func (e *APIError) kind() error {
	if e.meant != nil {
		return e.meant
	}
	text := strings.ToLower(e.ID + " " + e.Message)
	switch {
	case e.Status == statusQuota, e.Status == http.StatusForbidden && strings.Contains(text, "quota"): // 403 [?]
		return ErrQuota
	case e.Status == http.StatusUnauthorized, e.ID == "BadCredentialsException":
		return ErrUnauthorized
	case e.Status == http.StatusForbidden && strings.Contains(text, "lock") && !strings.Contains(text, "read-lock"): // [?]
		return ErrWriteLocked
	case e.Status == http.StatusForbidden:
		return ErrForbidden
	case e.Status == http.StatusNotFound:
		return ErrNotFound
	case e.Status >= 300 && e.Status < 400:
		return ErrRefusedRedirect
	case e.temporary():
		return ErrUnavailable
	}
	return nil
}

// temporary reports whether the same request may well succeed later.
func (e *APIError) temporary() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, statusBandwidth:
		return true
	}
	return false
}

func (e *APIError) reason() string {
	var words string
	switch kind := e.kind(); {
	case kind == ErrUnavailable:
		words = "the service cannot answer now"
	case kind != nil:
		words = kind.Error()
	case e.Status == statusIncomplete:
		words = "part of the content is still missing"
	case e.Status == statusCorrupt:
		words = "what arrived is not what was announced"
	case e.Message == "" && http.StatusText(e.Status) != "":
		words = strings.ToLower(http.StatusText(e.Status))
	case e.Message == "":
		words = "refused"
	default:
		return e.Message
	}
	if e.Message == "" {
		return words
	}
	return words + ": " + e.Message
}

// parseAPIError makes what it can of the body of a refusal. Bodies can be empty,
// or the HTML of a proxy: then the status alone speaks.
func parseAPIError(status int, header http.Header, body []byte, now time.Time) *APIError {
	e := &APIError{Status: status, retryAfter: parseRetryAfter(header.Get("Retry-After"), now)}
	text := strings.TrimSpace(string(body))
	switch {
	case strings.HasPrefix(text, "{"):
		e.parseJSON(body)
	case strings.HasPrefix(text, "<"):
		e.parseXML(body)
	}
	e.ID, e.Message, e.XID = harmless(e.ID, 80), harmless(e.Message, 300), harmless(e.XID, 80)
	return e
}

// hide takes secrets out that the answer repeats, though it be the beginning of one only.
// The name of an error is no secret, whatever short password is a part of it by chance: what
// to do next is decided by it.
func (e *APIError) hide(secrets ...string) {
	e.meant = e.kind()
	texts := []*string{&e.Message, &e.XID}
	if !strings.HasSuffix(e.ID, "Exception") && e.ID != invalidGrant {
		texts = append(texts, &e.ID)
	}
	for _, secret := range secrets {
		for _, text := range texts {
			*text = cutAt(*text, secret)
		}
	}
}

func cutAt(text, secret string) string {
	before, _, found := strings.Cut(text, secret[:min(len(secret), 12)])
	if secret == "" || !found {
		return text
	}
	return before + hidden
}

func (e *APIError) parseJSON(body []byte) {
	var answer struct {
		Message string `json:"message"`
		ID      string `json:"error_id"`
		XID     string `json:"x-id"`
	}
	if json.Unmarshal(body, &answer) == nil {
		e.ID, e.Message, e.XID = answer.ID, answer.Message, answer.XID
	}
}

func (e *APIError) parseXML(body []byte) {
	var answer struct {
		XMLName xml.Name `xml:"error"`
		Message string   `xml:"message"`
		XID     string   `xml:"x-id"`
	}
	if xml.Unmarshal(body, &answer) != nil {
		return
	}
	e.Message, e.XID, e.fromJFS = answer.Message, answer.XID, true
	// "no.jotta.backup.errors.NoSuchPathException: what is missing"
	class, rest, _ := strings.Cut(answer.Message, ":")
	if id := class[strings.LastIndexByte(class, '.')+1:]; strings.HasSuffix(id, "Exception") {
		e.ID, e.Message = id, rest
	}
}

// harmless returns at most limit characters of a text of the service, such that
// it can stand in one line of a terminal or a log.
func harmless(text string, limit int) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(text) {
		if limit--; limit < 0 {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

const maxRetryAfter = 5 * time.Minute

// parseRetryAfter reads seconds or a date; 0 is what it makes of anything else.
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}
