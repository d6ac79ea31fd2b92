package emulator

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// serve takes a request through the steps that doc.go names.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	query, queryErr := url.ParseQuery(r.URL.RawQuery)
	found := s.offered(find(r, query))
	auth := s.authenticate(r)
	meter := &meter{ResponseWriter: w, body: r.Body}
	r.Body = meter
	if !found.own {
		entry := s.requests.begin(r, found, auth)
		defer func() { s.requests.end(entry, meter) }()
	}

	x := &exchange{server: s, w: meter, r: r, id: randomID(), query: query}
	w.Header().Set("X-Id", x.id)
	run := func(x *exchange) { s.answer(x, found, auth, queryErr) }
	s.faults.around(x, found, run)
	s.debug("request", slog.String("route", found.name), slog.Int("status", meter.status), slog.String("x-id", x.id))
}

// answer runs the operation and turns its error into the answer.
func (s *Server) answer(x *exchange, found route, auth authentication, queryErr error) {
	err := queryErr
	if err != nil {
		err = invalid("the query is not escaped properly")
	}
	if err == nil {
		err = s.admit(x, found, auth)
	}
	if err == nil {
		err = found.run(x)
	}
	if err == nil {
		return
	}
	refused := asRefusal(err)
	if refused.status == http.StatusInternalServerError {
		s.options.Logger.Error("answer request", slog.String("route", found.name), slog.Any("error", err))
	}
	if refused.status == http.StatusUnauthorized {
		x.w.Header().Set("WWW-Authenticate", `Basic realm="JottaCloud", charset="UTF-8"`)
	}
	if found.xml {
		x.refuseXML(refused)
	} else {
		x.refuseJSON(refused)
	}
}

// admit checks sign-in, and for JFS the user and the names of the path.
func (s *Server) admit(x *exchange, found route, auth authentication) error {
	signedIn := auth.kind == authBasic || auth.kind == authBearer
	if !found.open && !signedIn || found.own && !auth.own {
		return refuse(http.StatusUnauthorized, idBadCredentials, "user name, password or token is not right")
	}
	path, isJFS := strings.CutPrefix(x.r.URL.EscapedPath(), "/jfs/")
	if !isJFS {
		return nil
	}
	names, err := splitEscaped(path)
	if err != nil {
		return err
	}
	if len(names) == 0 || fold(names[0]) != fold(s.options.Username) {
		return noSuchPath("of that user")
	}
	x.names = names[1:]
	return nil
}
