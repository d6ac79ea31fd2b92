package jotta

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Endpoints are the addresses of the service's parts. An empty one is
// JottaCloud's own.
type Endpoints struct {
	JFS    string // metadata and listings; with or without the trailing /jfs
	API    string // accounts and upload allocation
	Upload string // uploads to servers without allocation
	Token  string // sign-in with user name and password
}

type endpoints struct{ jfs, api, upload, token *url.URL }

// ownDomains are the domains whose sub-domains JottaCloud is known to use. Which
// of them an upload_url names is not known for sure [?].
var ownDomains = [...]string{"jottacloud.com", "jotta.no", "jotta.cloud"}

func (e Endpoints) parse() (endpoints, error) {
	jfs, err := parseEndpoint("jfs", e.JFS, "https://jfs.jottacloud.com")
	if err != nil {
		return endpoints{}, err
	}
	if !strings.HasSuffix(jfs.Path, "/jfs") {
		jfs = jfs.JoinPath("jfs")
	}
	api, err := parseEndpoint("api", e.API, "https://api.jottacloud.com")
	if err != nil {
		return endpoints{}, err
	}
	upload, err := parseEndpoint("upload", e.Upload, "https://up.jottacloud.com")
	if err != nil {
		return endpoints{}, err
	}
	token, err := parseEndpoint("token", e.Token, "https://api.jottacloud.com")
	return endpoints{jfs, api, upload, token}, err
}

func parseEndpoint(name, address, own string) (*url.URL, error) {
	if address == "" {
		address = own
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("endpoint %s: %q is not an address", name, address)
	case u.User != nil:
		return nil, fmt.Errorf("endpoint %s: a user name or password does not belong into the address", name)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("endpoint %s: %q: an address ends with its path", name, address)
	}
	if err := checkScheme(u); err != nil {
		return nil, fmt.Errorf("endpoint %s: %q: %w", name, address, err)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// checkScheme makes sure that a sign-in cannot be read on its way.
func checkScheme(u *url.URL) error {
	switch {
	case u.Hostname() == "" || u.Opaque != "":
		return errors.New("want https://host/…")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("http would show the sign-in to everyone on the way: use https (http is for this machine only)")
	}
	return errors.New("want https://host/…")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostList is what may see the sign-in: "host:port", or "host" for all its ports.
type hostList map[string]bool

func newHostList(e endpoints, allowed []string) (hostList, error) {
	l := hostList{}
	for _, u := range []*url.URL{e.jfs, e.api, e.upload, e.token} {
		l[hostPort(u)] = true
	}
	for _, host := range allowed {
		u, err := url.Parse("//" + host)
		if err != nil || host == "" || u.Host != host || u.Hostname() == "" {
			return nil, fmt.Errorf("allowed host %q: want host or host:port", host)
		}
		l[strings.ToLower(host)] = true
	}
	return l, nil
}

// check says why a request that carries the sign-in may not go to u, or nil.
// It names no more of u than the host: the rest may be a secret of its own.
func (l hostList) check(u *url.URL) error {
	if u.User != nil {
		return fmt.Errorf("%w: the address names a user", ErrHostNotAllowed)
	}
	if err := checkScheme(u); err != nil {
		return fmt.Errorf("%w: %.200q: %w", ErrHostNotAllowed, u.Scheme+"://"+u.Host, err)
	}
	host := strings.ToLower(u.Hostname())
	if l[hostPort(u)] || l[host] || isOwn(host) && u.Port() == "" {
		return nil
	}
	return fmt.Errorf("%w: %.200q is not one of the service's own; it must be among the account's allowed hosts first", ErrHostNotAllowed, u.Host)
}

func isOwn(host string) bool {
	for _, domain := range ownDomains {
		if strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return isBrandHost(host)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
