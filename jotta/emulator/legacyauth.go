package emulator

import "net/http"

// The older way of signing in: a client registers itself, and then exchanges user name
// and password for tokens. No brand is known to take it any more.

// otpHeader asks for the second factor, and brings it.
const otpHeader = "X-JottaCloud-OTP"

type registration struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// register is POST auth/v1/register with device_id: it gives a client id and secret.
func (x *exchange) register() error {
	if err := x.form(); err != nil {
		return err
	}
	if x.r.Form.Get("device_id") == "" {
		return invalid("device_id is missing")
	}
	id := randomID()
	secret, digest := newSecret(id)
	err := x.server.change(func() ([]record, error) {
		return []record{{Op: opGrant, Grant: &grantRecord{ID: id, Kind: grantClient, Digest: digest}}}, nil
	}, nil)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, registration{id, secret})
}

// legacyToken is POST auth/v1/token. It insists on capitals in grant_type.
func (x *exchange) legacyToken() error {
	if err := x.form(); err != nil {
		return err
	}
	form := x.r.Form
	client := form.Get("client_id")
	switch form.Get("grant_type") {
	case "PASSWORD":
		return x.passwordGrant(client, form.Get("client_secret"), form.Get("username"), form.Get("password"))
	case "REFRESH_TOKEN":
		return x.refresh(client, form.Get("refresh_token")) // whether this one rotates is not known [?]
	}
	return x.refuseToken(http.StatusBadRequest, "unsupported_grant_type", "grant_type is not known here")
}

func (x *exchange) passwordGrant(client, clientSecret, username, password string) error {
	options := x.server.options
	if client == "" || !x.clientAllowed(client, clientSecret) {
		return x.refuseToken(http.StatusUnauthorized, "invalid_client", "client is not known")
	}
	known, right := sameSecret(fold(username), fold(options.Username)), sameSecret(password, options.Password)
	if known && right && options.OTP != "" && !sameSecret(x.r.Header.Get(otpHeader), options.OTP) {
		x.w.Header().Set(otpHeader, "required; SMS")
		return x.refuseToken(http.StatusUnauthorized, "otp_required", "the code of the second factor is needed")
	}
	return x.startSession(client, func(*tree) ([]record, bool) { return nil, known && right })
}

// clientAllowed checks the secret of a client that has registered here. Others have
// one built in, which is theirs to know.
func (x *exchange) clientAllowed(id, secret string) bool {
	s := x.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	held, registered := s.tree.grants[id]
	return !registered || held.Kind == grantClient && sameSecret(secretDigest(secret), held.Digest)
}
