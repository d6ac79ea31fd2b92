package jotta

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
)

// BrowserOptions say how a browser takes part in a sign-in.
type BrowserOptions struct {
	// Show gets the address that the user is to open. It must not wait for the user.
	Show func(address string) error
	// Port is where the browser's answer is awaited, on loopback; 0 means any.
	Port int
}

// UsualRedirectPort is the one that other clients of the service use. Which addresses
// a brand lets its browser come back to is not known [?], but this one works.
const UsualRedirectPort = 53682

// SignInWithBrowser lets the user sign in with the brand's own page, in any browser of
// this machine, and keeps the session that comes of it: OpenID Connect with PKCE and a
// redirect to loopback. No other program is started.
func (l *Login) SignInWithBrowser(ctx context.Context, brand Brand, o BrowserOptions) error {
	if err := l.tryLock(ctx); err != nil {
		return fmt.Errorf("sign in (nothing was sent): %w", err)
	}
	found, err := l.token.discover(ctx, brand.wellKnown())
	if err != nil {
		return fmt.Errorf("sign in to %s: %w", brand.Title, err)
	}
	page, err := l.token.address(found.Authorization)
	if err != nil {
		return fmt.Errorf("sign in to %s: authorization endpoint: %w", brand.Title, err)
	}
	back, err := listenForRedirect(o.Port)
	if err != nil {
		return fmt.Errorf("sign in to %s: %w", brand.Title, err)
	}
	defer back.close()
	verifier := Secret(rand.Text() + rand.Text()) // 52 characters; the least that PKCE allows is 43
	query := page.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": brand.Client, "redirect_uri": back.address, "state": back.state,
		"scope": brand.scopes(), "code_challenge": challenge(verifier), "code_challenge_method": "S256",
	} {
		query.Set(name, value)
	}
	page.RawQuery = query.Encode()
	if err := o.Show(page.String()); err != nil {
		return err
	}
	code, err := back.wait(ctx)
	if err != nil {
		return fmt.Errorf("sign in to %s: %w", brand.Title, err)
	}
	return l.redeemCode(ctx, Session{TokenEndpoint: found.Token, ClientID: brand.Client}, url.Values{
		"client_id": {brand.Client}, "grant_type": {"authorization_code"}, "redirect_uri": {back.address},
		"code": {code.Reveal()}, "code_verifier": {verifier.Reveal()},
	})
}

// challenge is the half of PKCE that may be seen.
func challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// tryLock shows that the store can be written.
func (l *Login) tryLock(ctx context.Context) error {
	unlock, err := l.store.Lock(ctx)
	if err != nil {
		return err
	}
	return unlock()
}

// redeemCode exchanges what the browser brought. It is worth nothing a second time,
// but a new one is a click away, so no record is made of it.
func (l *Login) redeemCode(ctx context.Context, s Session, form url.Values) (err error) {
	unlock, err := l.store.Lock(ctx)
	if err != nil {
		return fmt.Errorf("sign in (nothing was sent): %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	asked := l.token.clock.Now()
	answer, err := l.token.post(ctx, s.TokenEndpoint, newOnceForm(form, func() error { return nil }), nil)
	if err != nil {
		return final(redacted(err, form))
	}
	kept, err := l.keep(s.granted(answer, asked))
	if err == nil {
		l.adopt(kept)
	}
	return err
}
