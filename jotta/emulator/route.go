package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// route is a named operation of the service. The name is what the request log shows
// and what scripted faults are aimed at.
type route struct {
	name  string
	run   operation
	open  bool // needs no sign-in
	own   bool // needs the emulator's own credentials
	quiet bool // the query may hold secrets: it is not logged
	xml   bool // errors are XML; else JSON
}

// find names the operation a request asks for, by path, method and query. What the
// service does not know gets a route that refuses.
func find(r *http.Request, query url.Values) route {
	path := r.URL.EscapedPath()
	if path == "/jfs" || strings.HasPrefix(path, "/jfs/") {
		return findJFS(r.Method, depth(path), query)
	}
	if strings.HasPrefix(path, controlPrefix) {
		return findControl(r.Method, path)
	}
	return findAPI(r.Method, path)
}

// depth counts the names after /jfs/<user>; -1 if the user is missing too.
func depth(path string) int {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/jfs"), "/")
	return strings.Count(path, "/") - 1
}

func findAPI(method, path string) route {
	switch {
	case strings.HasPrefix(path, realmPrefix):
		return findRealm(method, strings.TrimPrefix(path, realmPrefix))
	case path == "/auth/v1/register":
		return only(method, "POST", route{name: "register", run: (*exchange).register, open: true, quiet: true})
	case path == "/auth/v1/token":
		return only(method, "POST", route{name: "legacyToken", run: (*exchange).legacyToken, open: true, quiet: true})
	case path == "/account/v1/customer":
		return only(method, "GET", route{name: "customer", run: (*exchange).customer})
	case path == "/files/v1/allocate":
		return only(method, "POST", route{name: "allocate", run: (*exchange).allocate})
	case strings.HasPrefix(path, uploadPrefix):
		return only(method, "POST", route{name: "upload", run: (*exchange).receive})
	case strings.HasPrefix(path, sharePrefix):
		return only(method, "GET", route{name: "downloadShared", run: (*exchange).downloadShared, open: true})
	case path == "/files/v1/purge_trash":
		return only(method, "POST", route{name: "purgeTrash", run: (*exchange).purgeTrash})
	}
	return route{name: "unknown", run: refuseUnknown, open: true, quiet: true}
}

// findJFS dispatches what JFS does below /jfs/<user>.
func findJFS(method string, depth int, query url.Values) route {
	switch {
	case depth < 0:
		return route{name: "unknown", run: refuseUnknown, xml: true, open: true}
	case method == http.MethodGet || method == http.MethodHead:
		return findRead(depth, query)
	case method == http.MethodPost:
		return findChange(depth, query)
	}
	return route{name: "unknown", run: refuseMethod, xml: true}
}

func findRead(depth int, query url.Values) route {
	mode, known := single(query, "mode")
	reads := map[string]route{
		"bin":          {name: "download", run: (*exchange).download},
		"list":         {name: "filedirlist", run: (*exchange).fileDirList},
		"liststream":   {name: "liststream", run: (*exchange).listStream},
		"enableShare":  {name: "enableShare", run: (*exchange).enableShare},
		"disableShare": {name: "disableShare", run: (*exchange).disableShare},
	}
	found, ok := reads[mode]
	switch {
	case len(query) == 0 && depth == 0:
		found, ok = route{name: "user", run: (*exchange).user}, true
	case len(query) == 0 && depth == 1:
		found, ok = route{name: "device", run: (*exchange).device}, true
	case len(query) == 0:
		found, ok = route{name: "metadata", run: (*exchange).metadata}, true
	case !known || depth < 2:
		ok = false
	}
	if !ok {
		found = route{name: "unknown", run: refuseVerb}
	}
	found.xml = true
	return found
}

func findChange(depth int, query url.Values) route {
	flags := map[string]route{
		"mkDir":  {name: "mkDir", run: (*exchange).makeFolder},
		"dl":     {name: "dl", run: (*exchange).trashFile},
		"dlDir":  {name: "dlDir", run: (*exchange).trashFolder},
		"rm":     {name: "rm", run: (*exchange).removeFile},
		"rmDir":  {name: "rmDir", run: (*exchange).removeFolder},
		"cphash": {name: "cphash", run: (*exchange).linkContent},
	}
	targets := map[string]route{
		"mv":    {name: "mv", run: (*exchange).moveFile},
		"mvDir": {name: "mvDir", run: (*exchange).moveFolder},
		"cp":    {name: "cp", run: (*exchange).copyFile},
	}
	found := route{name: "unknown", run: refuseVerb}
	for verb := range query {
		value, alone := single(query, verb)
		switch {
		case !alone || depth == 0:
		case verb == "type" && depth == 1:
			found = route{name: "createDevice", run: (*exchange).createDevice}
		case verb == "umode" && value == "nomultipart" && depth > 2:
			found = route{name: "legacyUpload", run: (*exchange).legacyUpload}
		case depth < 2:
		case flags[verb].run != nil && value == "true":
			found = flags[verb]
		case targets[verb].run != nil:
			found = targets[verb]
		}
	}
	if len(query) == 0 && depth == 2 {
		found = route{name: "createMountpoint", run: (*exchange).createMountpoint}
	}
	found.xml = true
	return found
}

// single returns a parameter that must be the only one, given once.
func single(query url.Values, name string) (value string, alone bool) {
	if len(query) != 1 || len(query[name]) != 1 {
		return "", false
	}
	return query[name][0], true
}

func only(method, allowed string, found route) route {
	if method != allowed {
		found.run = refuseMethod
	}
	return found
}

func refuseUnknown(x *exchange) error {
	return refuse(http.StatusNotFound, idNoSuchPath, "nothing is served here")
}

func refuseMethod(x *exchange) error {
	return refuse(http.StatusMethodNotAllowed, idMethod, "method %s is not allowed here", x.r.Method)
}

func refuseVerb(x *exchange) error {
	return invalid("the query asks for nothing that is known here")
}
