package emulator

import "net/http"

// customer is the answer of GET account/v1/customer. Clients ask it for the internal
// user name, which JFS paths begin with.
type customer struct {
	Username         string `json:"username"`
	Email            string `json:"email"`
	Name             string `json:"name"`
	CountryCode      string `json:"country_code"`
	LanguageCode     string `json:"language_code"`
	BrandCode        string `json:"brand_code"`
	AccountType      string `json:"account_type"`
	SubscriptionType string `json:"subscription_type"`
	Usage            int64  `json:"usage"`
	Quota            int64  `json:"quota"`
	WriteLocked      bool   `json:"write_locked"`
	ReadLocked       bool   `json:"read_locked"`
	LockedCause      any    `json:"locked_cause"`
}

func (x *exchange) customer() error {
	x.server.mu.RLock()
	usage, account := x.server.tree.usage, x.server.tree.account
	x.server.mu.RUnlock()
	name := x.server.options.Username
	return x.sendJSON(http.StatusOK, customer{
		Username: name, Email: name + "@" + hostName + ".invalid", Name: name,
		CountryCode: "NO", LanguageCode: "en", BrandCode: "jottacloud",
		AccountType: accountType(account.Quota), SubscriptionType: accountType(account.Quota),
		Usage: usage, Quota: account.Quota,
		WriteLocked: account.WriteLocked, ReadLocked: account.ReadLocked,
	})
}

func accountType(quota int64) string {
	if quota < 0 {
		return "unlimited"
	}
	return "free"
}
