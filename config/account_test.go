package config

import "testing"

func TestAccountsAreToldApart(t *testing.T) {
	t.Parallel()
	at := func(jfs string) Account { return Account{Service: "custom", Endpoints: Endpoints{JFS: jfs}} }
	for _, one := range []struct {
		a, b Account
		same bool
	}{
		{at("http://127.0.0.1:1234/jfs"), at("http://127.0.0.1:4321/jfs"), true},
		{at("http://[::1]:1234"), at("http://[::1]"), true},
		{at("http://localhost:1234/one"), at("http://localhost:1234/two"), false},
		{at("https://a.example:1234"), at("https://a.example:4321"), false},
		{Account{Service: "jottacloud"}, Account{Service: "telia_se"}, false},
		{Account{Service: "jottacloud", Username: "a"}, Account{Service: "jottacloud", Username: "b"}, false},
		{Account{Service: "emulator", Directory: "/a"}, Account{Service: "emulator", Directory: "/b"}, false},
	} {
		if same := one.a.Identity() == one.b.Identity(); same != one.same {
			t.Errorf("%q and %q are the same: %v", one.a.Identity(), one.b.Identity(), same)
		}
	}
}
