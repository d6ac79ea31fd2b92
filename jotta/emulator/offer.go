package emulator

import (
	"net/http"
	"slices"
)

// offered is the route as this server has it: one that the options take away is
// refused as what was never known.
func (s *Server) offered(found route) route {
	switch {
	case found.own || !s.lacks(found):
		return found
	case found.xml:
		return route{name: "unknown", run: refuseVerb, xml: true}
	}
	return route{name: "unknown", run: (*exchange).noSuchPage, open: true, quiet: true}
}

func (s *Server) lacks(found route) bool {
	if s.options.Legacy && (!found.xml || found.name == "liststream" || found.name == "filedirlist") {
		return true
	}
	return slices.Contains(s.options.Lacks, found.name)
}

// noSuchPage answers as a web server does that knows nothing of the API.
func (x *exchange) noSuchPage() error {
	x.send(http.StatusNotFound, "text/plain; charset=utf-8", []byte("404 page not found\n"))
	return nil
}
