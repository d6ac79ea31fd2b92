package config

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The services an account can be with.
const (
	ServiceJottacloud = "jottacloud" // JottaCloud itself
	ServiceEmulator   = "emulator"   // the embedded cloud, kept in a folder
	ServiceCustom     = "custom"     // any server that speaks the protocol
)

// services are the names that account.service can have; those between the first and
// the last two are brands that JottaCloud is sold under.
func services() []string {
	return []string{
		ServiceJottacloud,
		"elgiganten_dk", "elgiganten_se", "elkjop_no", "elko_is", "gigantti_fi", "letsgo", "mediamarkt",
		"onlime", "phonero", "tele2", "telia_no", "telia_se",
		ServiceEmulator, ServiceCustom,
	}
}

// Account says which cloud the jobs go to and who signs in.
type Account struct {
	// Service is ServiceJottacloud, the name of a brand of its, ServiceEmulator or ServiceCustom.
	Service string
	// Username picks one of several credentials; "" takes the only ones there are.
	Username string
	// Endpoints are set for ServiceCustom only.
	Endpoints Endpoints
	// AllowedHosts may see logins and receive files besides the service's own: "host", for
	// all its ports, or "host:port".
	AllowedHosts []string
	// Directory is where ServiceEmulator keeps its files: absolute, else "".
	Directory string
}

// Identity tells accounts apart, as far as the jobs file does. A server on this machine
// may have another port each time.
func (a Account) Identity() string {
	jfs := a.Endpoints.JFS
	if u, err := url.Parse(jfs); err == nil && isLoopback(u.Hostname()) {
		u.Host = u.Hostname()
		jfs = u.String()
	}
	return a.Service + "/" + a.Username + jfs + a.Directory
}

// Endpoints are base URLs without a slash at the end: https, or http on loopback.
// JFS and API are always set, Upload and Token may be "".
type Endpoints struct {
	JFS, API, Upload, Token string
}

func defaultAccount() Account { return Account{Service: ServiceJottacloud} }

func (d *decoder) account(n *yaml.Node) Account {
	a := defaultAccount()
	keys := d.mapping(n, d.accountTable(&a))
	if a.Service == "" {
		return a // it was unknown, so nothing else can be said to go with it
	}
	if at := keys["endpoints"]; at != nil && a.Service != ServiceCustom {
		d.fail(at, "\"endpoints\" go with service: custom only")
	}
	if at := keys["directory"]; at != nil && a.Service != ServiceEmulator {
		d.fail(at, "\"directory\" goes with service: emulator only")
	}
	if at := keys["allowed_hosts"]; at != nil && a.Service == ServiceEmulator {
		d.fail(at, "\"allowed_hosts\" do not go with service: emulator, which never leaves this machine")
	}
	if a.Service == ServiceCustom {
		d.require(n, keys, "a custom account", "endpoints")
	}
	if a.Service == ServiceEmulator && a.Directory == "" {
		a.Directory = filepath.Join(d.folder, "cloud")
	}
	return a
}

func (d *decoder) accountTable(a *Account) table {
	return table{of: "account", secret: []string{"password", "token"}, fields: []field{
		{"service", func(n *yaml.Node) {
			a.Service, _ = d.choice(n, services()...)
		}},
		{"username", func(n *yaml.Node) { a.Username = d.username(n) }},
		{"endpoints", func(n *yaml.Node) { a.Endpoints = d.endpoints(n) }},
		{"allowed_hosts", func(n *yaml.Node) { a.AllowedHosts = d.hosts(n) }},
		{"directory", func(n *yaml.Node) { a.Directory, _ = d.path(n) }},
	}}
}

func (d *decoder) username(n *yaml.Node) string {
	name, ok := d.text(n)
	if ok && hasControl(name) {
		d.fail(n, "\"username\" holds a control character")
	}
	return name
}

func (d *decoder) endpoints(n *yaml.Node) Endpoints {
	var e Endpoints
	keys := d.mapping(n, d.endpointsTable(&e))
	d.require(n, keys, "endpoints", "jfs", "api")
	return e
}

func (d *decoder) endpointsTable(e *Endpoints) table {
	return table{of: "endpoints", fields: []field{
		{"jfs", func(n *yaml.Node) { e.JFS = d.endpoint(n) }},
		{"api", func(n *yaml.Node) { e.API = d.endpoint(n) }},
		{"upload", func(n *yaml.Node) { e.Upload = d.endpoint(n) }},
		{"token", func(n *yaml.Node) { e.Token = d.endpoint(n) }},
	}}
}

// endpoint never repeats the URL in an error: one that is refused may hold a password.
func (d *decoder) endpoint(n *yaml.Node) string {
	text, ok := d.text(n)
	if !ok {
		return ""
	}
	if err := checkEndpoint(text); err != nil {
		d.fail(n, "%q wants a URL like https://jfs.example.org: %v", d.key, err)
		return ""
	}
	return strings.TrimRight(text, "/")
}

// hosts reads names of hosts, each perhaps with a port.
func (d *decoder) hosts(n *yaml.Node) []string {
	var hosts []string
	d.list(n, func(item *yaml.Node) {
		host, ok := d.text(item)
		switch u, err := url.Parse("//" + host); {
		case !ok:
		case err != nil, u.Host != host, u.Hostname() == "", u.Hostname() == "*", !validPort(u):
			d.fail(item, "%q wants the name of a host, like upload.example.org or upload.example.org:8443, not %q", d.key, host)
		default:
			hosts = append(hosts, host)
		}
	})
	return hosts
}

// checkEndpoint guards what travels there: passwords and tokens.
func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it cannot be read as a URL")
	case u.User != nil:
		return errors.New("it must not hold a user or a password")
	case u.Hostname() == "":
		return errors.New("it has no host")
	case strings.ContainsAny(text, "?#"):
		return errors.New("it must not have a query or a fragment")
	case !validPort(u):
		return errors.New("its port is not one of 1 to 65535")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("http is for this machine only (127.0.0.1, ::1, localhost), others need https")
	}
	return errors.New("it starts with neither https:// nor http://")
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && 1 <= port && port <= 65535
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
