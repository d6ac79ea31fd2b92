package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Names of the service's exceptions, as clients have seen them.
const (
	idNoSuchFile      = "NoSuchFileException"
	idNoSuchPath      = "NoSuchPathException"
	idUnique          = "UniqueFileException"
	idBadCredentials  = "BadCredentialsException"
	idInvalidArgument = "InvalidArgumentException"
	idCorruptUpload   = "CorruptUploadOpenApiException"
	idIncomplete      = "IncompleteUploadOpenApiException"
	idRange           = "RequestedRangeNotSatisfiedException"
	idOverQuota       = "QuotaExceededException"    // [?]
	idLocked          = "AccountLockedException"    // [?]
	idInternal        = "InternalServerException"   // [?]
	idUnavailable     = "ServiceUnavailable"        // [?]
	idConflict        = "ConflictException"         // [?]
	idMethod          = "MethodNotAllowedException" // [?]
)

// Status codes of the service that HTTP does not know, or uses otherwise.
const (
	statusIncomplete = 420
	statusCorrupt    = 421 // [?]
	statusOverQuota  = 460
)

// refusal is an error that the client gets to see.
type refusal struct {
	status  int
	id      string
	message string
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.id, e.message) }

func refuse(status int, id, format string, args ...any) error {
	return &refusal{status, id, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refuse(http.StatusBadRequest, idInvalidArgument, format, args...)
}

func noSuchFile(path string) error {
	return refuse(http.StatusNotFound, idNoSuchFile, "no file or folder %s", path)
}

func noSuchPath(path string) error {
	return refuse(http.StatusNotFound, idNoSuchPath, "no path %s", path)
}

// asRefusal turns anything unforeseen into a 500 that tells nothing of this machine.
func asRefusal(err error) *refusal {
	var known *refusal
	if errors.As(err, &known) {
		return known
	}
	return &refusal{http.StatusInternalServerError, idInternal, "internal error"}
}

// reason is the text of a status code, the service's own ones included.
func reason(status int) string {
	switch status {
	case statusIncomplete:
		return "Incomplete Upload"
	case statusCorrupt:
		return "Corrupt Upload"
	case statusOverQuota:
		return "Over Quota"
	}
	return http.StatusText(status)
}

// refuseXML writes an error as JFS does.
func (x *exchange) refuseXML(e *refusal) {
	doc := newDocument()
	doc.open("error")
	doc.integer("code", int64(e.status))
	doc.text("message", "no.jotta.backup.errors."+e.id+": "+e.message)
	doc.text("reason", reason(e.status))
	doc.text("cause", "")
	doc.text("hostname", hostName)
	doc.text("x-id", x.id)
	doc.close("error")
	x.sendXML(e.status, doc)
}

// refuseJSON writes an error as the API does.
func (x *exchange) refuseJSON(e *refusal) {
	body, err := json.Marshal(map[string]any{
		"code":     e.status,
		"message":  e.message,
		"cause":    "",
		"error_id": e.id,
		"x-id":     x.id,
	})
	if err != nil {
		x.send(http.StatusInternalServerError, "text/plain", nil)
		return
	}
	x.send(e.status, "application/json", body)
}
