package jotta

import (
	"net/url"
	"slices"
	"strings"
)

// Brand is a name that the service is sold under. All of them share the service's
// hosts; only the one that signs in is their own.
type Brand struct {
	Name   string // as in account.service
	Title  string // for people
	Domain string // of the host that signs in
	Realm  string
	Client string // the client that a browser signs in for
}

// desktopClient may ask for fewer scopes than the other client that brands know.
const desktopClient = "desktop-win"

// Brands returns the brands that are known, JottaCloud itself first.
func Brands() []Brand {
	return []Brand{
		{"jottacloud", "Jottacloud", "id.jottacloud.com", "jottacloud", "desktop"},
		{"elgiganten_dk", "Elgiganten Denmark", "cloud.elgiganten.dk", "elgiganten", "desktop"},
		{"elgiganten_se", "Elgiganten Sweden", "cloud.elgiganten.se", "elgiganten", "desktop"},
		{"elkjop_no", "Elkjøp Norway", "cloud.elkjop.no", "elkjop", "desktop"},
		{"elko_is", "ELKO Iceland", "cloud.elko.is", "elko", "desktop"},
		{"gigantti_fi", "Gigantti Finland", "cloud.gigantti.fi", "gigantti", "desktop"},
		{"letsgo", "Let's Go Cloud (MediaMarkt Germany)", "letsgo.jotta.cloud", "letsgo", desktopClient},
		{"mediamarkt", "MediaMarkt Cloud", "mediamarkt.jottacloud.com", "mediamarkt", "desktop"},
		{"onlime", "Onlime Denmark", "cloud-auth.onlime.dk", "onlime_wl", "desktop"},
		{"phonero", "Phonero Sky", "sky.phonero.no", "phonero", desktopClient},
		{"tele2", "Tele2 Sweden", "mittcloud-auth.tele2.se", "comhem", "desktop"},
		{"telia_no", "Telia Sky Norway", "sky-auth.telia.no", "get", "desktop"},
		{"telia_se", "Telia Cloud Sweden", "cloud-auth.telia.se", "telia_se", "desktop"},
	}
}

// FindBrand returns the brand of that name.
func FindBrand(name string) (Brand, bool) {
	brands := Brands()
	i := slices.IndexFunc(brands, func(b Brand) bool { return b.Name == name })
	if i < 0 {
		return Brand{}, false
	}
	return brands[i], true
}

// wellKnown is the address of the document that says where the brand signs in.
func (b Brand) wellKnown() string {
	return "https://" + b.Domain + "/auth/realms/" + url.PathEscape(b.Realm) + "/.well-known/openid-configuration"
}

func (b Brand) scopes() string {
	if b.Client == desktopClient {
		return "openid offline_access"
	}
	return "openid jotta-default offline_access"
}

// isBrandHost reports whether a host belongs to a brand's own domain.
func isBrandHost(host string) bool {
	return slices.ContainsFunc(Brands(), func(b Brand) bool {
		return host == b.Domain || strings.HasSuffix(host, "."+b.Domain)
	})
}
