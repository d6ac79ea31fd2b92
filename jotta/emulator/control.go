package emulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// controlPrefix is the emulator's own: scripted faults, the request log, and what an
// administrator of the account could do. It opens to the emulator's own credentials
// only, is struck by no fault, and stays out of the request log.
const controlPrefix = "/emulator/"

func findControl(method, path string) route {
	operations := map[string]operation{
		"GET /emulator/requests":      (*exchange).showRequests,
		"DELETE /emulator/requests":   (*exchange).clearRequests,
		"GET /emulator/faults":        (*exchange).showFaults,
		"POST /emulator/faults":       (*exchange).addFaults,
		"DELETE /emulator/faults":     (*exchange).clearFaults,
		"GET /emulator/tree":          (*exchange).showTree,
		"POST /emulator/account":      (*exchange).setAccount,
		"POST /emulator/login-token":  (*exchange).makeLoginToken,
		"POST /emulator/expire":       (*exchange).expireTokens,
		"POST /emulator/end-sessions": (*exchange).endSessions,
	}
	run := operations[method+" "+path]
	if run == nil {
		run = refuseUnknown
	}
	return route{name: "control", run: run, own: true, quiet: true}
}

// wireFault is a Fault as JSON has it: the delay in words, as in "1.5s".
type wireFault struct {
	Fault
	Delay string `json:"delay,omitempty"`
	Hits  int    `json:"hits,omitempty"`
}

func (x *exchange) addFaults() error {
	var scripted []wireFault
	if err := x.readJSON(&scripted); err != nil {
		return err
	}
	added := make([]Fault, 0, len(scripted))
	for _, each := range scripted {
		if each.Delay != "" {
			delay, err := time.ParseDuration(each.Delay)
			if err != nil || delay < 0 {
				return invalid("delay %q is no duration", each.Delay)
			}
			each.Fault.Delay = delay
		}
		added = append(added, each.Fault)
	}
	x.server.Inject(added...)
	return x.done()
}

func (x *exchange) showFaults() error {
	f := x.server.faults
	f.mu.Lock()
	shown := make([]wireFault, 0, len(f.scripts))
	for _, each := range f.scripts {
		shown = append(shown, wireFault{Fault: each.Fault, Delay: each.Delay.String(), Hits: each.hits})
	}
	f.mu.Unlock()
	return x.sendJSON(http.StatusOK, shown)
}

func (x *exchange) clearFaults() error {
	x.server.ClearFaults()
	return x.done()
}

func (x *exchange) showRequests() error { return x.sendJSON(http.StatusOK, x.server.Requests()) }

func (x *exchange) clearRequests() error {
	x.server.ResetRequests()
	return x.done()
}

func (x *exchange) showTree() error {
	return x.sendJSON(http.StatusOK, x.server.Tree(x.query.Get("path")))
}

// setAccount takes quota, read_locked and write_locked; what is left out stays.
func (x *exchange) setAccount() error {
	var body json.RawMessage
	if err := x.readJSON(&body); err != nil {
		return err
	}
	var decodeErr error
	err := x.server.administer(func(a *accountRecord) {
		changed := *a
		if decodeErr = json.Unmarshal(body, &changed); decodeErr == nil {
			*a = changed
		}
	})
	if decodeErr != nil {
		return invalid("body is not the JSON expected")
	}
	if err != nil {
		return err
	}
	return x.done()
}

func (x *exchange) makeLoginToken() error {
	token, err := x.server.mintLoginToken(x.baseURL())
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, map[string]string{"login_token": token})
}

func (x *exchange) expireTokens() error {
	if err := x.server.ExpireAccessTokens(); err != nil {
		return err
	}
	return x.done()
}

func (x *exchange) endSessions() error {
	if err := x.server.RevokeSessions(); err != nil {
		return err
	}
	return x.done()
}

func (x *exchange) done() error {
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}
