package emulator

import "net/http"

// States of a version, as the wire names them.
const (
	stateCompleted  = "COMPLETED"
	stateIncomplete = "INCOMPLETE"
	stateCorrupt    = "CORRUPT"
)

// uploadPrefix is where upload_url points. The service uses any path and host it likes.
const uploadPrefix = "/files/v1/upload/"

type allocateRequest struct {
	Path     string `json:"path"`
	Bytes    *int64 `json:"bytes"`
	MD5      string `json:"md5"`
	Created  string `json:"created"`
	Modified string `json:"modified"`
	Conflict string `json:"conflict_handler"`
}

type allocateAnswer struct {
	Name      string `json:"name"`
	Path      string `json:"path"`
	State     string `json:"state"`
	UploadID  string `json:"upload_id,omitempty"`
	UploadURL string `json:"upload_url,omitempty"`
	Bytes     int64  `json:"bytes"`
	ResumePos int64  `json:"resume_pos"`
}

// allocate is POST files/v1/allocate: it announces content of known size and MD5 for a
// path. COMPLETED says that there is nothing to send: the path holds it, or the account
// has it elsewhere. Otherwise the answer says where to send it, and from which byte on.
func (x *exchange) allocate() error {
	var request allocateRequest
	if err := x.readJSON(&request); err != nil {
		return err
	}
	names, want, err := x.readAllocation(request)
	if err != nil {
		return err
	}
	var answer allocateAnswer
	s := x.server
	done, err := s.apply(func() ([]record, error) {
		held := s.tree.file(names)
		if request.Conflict == "REJECT_CONFLICTS" && held != nil && held.live() {
			return nil, refuse(http.StatusConflict, idUnique, "%s exists", request.Path)
		}
		return s.announce(names, want)
	}, func() { answer = x.allocation(s.tree.file(names), want) })
	if err != nil {
		return err
	}
	// That an upload was announced may be forgotten in a power cut; that one is
	// complete may not, nor the change before this one that let go of content.
	if answer.State != stateCompleted && len(done.released.content) == 0 {
		s.clean(done.released)
	} else if err := s.settle(done); err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, answer)
}

func (x *exchange) readAllocation(request allocateRequest) (names []string, want revision, err error) {
	sum, ok := parseDigest(request.MD5)
	if !ok {
		return nil, want, invalid("md5 %q is no MD5", request.MD5)
	}
	if request.Bytes == nil || *request.Bytes < 0 {
		return nil, want, invalid("bytes is missing or negative")
	}
	switch request.Conflict {
	case "", "CREATE_NEW_REVISION", "REJECT_CONFLICTS":
	default:
		return nil, want, invalid("conflict_handler %q is not known", request.Conflict)
	}
	want = revision{digest: sum, size: *request.Bytes, updated: x.server.now()}
	if want.modified, err = parseTime(request.Modified, want.updated); err != nil {
		return nil, want, err
	}
	if want.created, err = parseTime(request.Created, want.modified); err != nil {
		return nil, want, err
	}
	names, err = splitPlain(request.Path)
	if err != nil {
		return nil, want, err
	}
	if names[0] != "jfs" || len(names) < 4 {
		return nil, want, invalid("path %q is not /jfs/<device>/<mountpoint>/...", request.Path)
	}
	return names[1:], want, nil
}

// announce gives the records of an allocation: the path holds the content, or has an
// upload that awaits it. The current version stays until the new one is complete.
func (s *Server) announce(names []string, want revision) ([]record, error) {
	if err := s.placeable(names); err != nil {
		return nil, err
	}
	held := s.tree.file(names)
	if (held != nil && held.holds(want.digest.sum, want.size)) || s.tree.has(want.digest.sum, want.size) {
		return s.place(names, want)
	}
	if err := s.withinQuota(names, want.size); err != nil {
		return nil, err
	}
	records, err := s.tree.prepare(names[:len(names)-1])
	if err != nil {
		return nil, err
	}
	if held == nil {
		want.number = 1
		awaiting := &fileRecord{UUID: randomUUID(), Upload: &uploadRecord{ID: randomID(), Target: want.record()}}
		return append(records, record{Op: opFile, Path: joinNames(names), File: awaiting}), nil
	}
	want.number = held.nextNumber()
	awaiting := held.record()
	next := uploadRecord{ID: randomID(), Target: want.record()}
	if pending := held.upload; pending != nil && pending.awaits(want) {
		next.ID, next.Corrupt = pending.id, pending.corrupt
	}
	awaiting.File.Upload = &next
	return append(records, awaiting), nil
}

// allocation is the answer for a file as it now is.
func (x *exchange) allocation(held *file, want revision) allocateAnswer {
	answer := allocateAnswer{
		Name: held.name, Path: "/jfs" + joinNames(held.names()),
		State: stateCompleted, Bytes: want.size, ResumePos: want.size,
	}
	pending := held.upload
	if pending == nil {
		return answer
	}
	answer.State, answer.ResumePos = stateIncomplete, pending.partial.received.Load()
	if pending.corrupt {
		answer.State = stateCorrupt
	}
	answer.UploadID, answer.UploadURL = pending.id, x.baseURL()+uploadPrefix+pending.id
	return answer
}
