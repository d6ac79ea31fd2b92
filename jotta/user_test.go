package jotta

import (
	"errors"
	"testing"

	"github.com/sourcegraph/conc"
)

const customerRequest = "GET /account/v1/customer"

func withToken(o *Options) { o.Authorizer = BearerToken("canary-token") }

// Many goroutines that need the account's name ask for it once.
func TestUserIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(customerRequest, answer(200, `{"username":"u1","email":"me@example.org"}`))
	s.on(accountRequest, answerFile(t, "user.xml"))
	c, _ := newTestClient(t, s, withToken)
	var tasks conc.WaitGroup
	for range 8 {
		tasks.Go(func() {
			if _, err := c.Account(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	tasks.Wait()
	got := s.seen(customerRequest)
	if len(got) != 1 || got[0].Header.Get("Authorization") != "Bearer canary-token" {
		t.Errorf("asked %d times", len(got))
	}
}

func TestUserFailureIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(customerRequest, answer(403, ""), answer(200, `{"username":"u1"}`))
	s.on(accountRequest, answerFile(t, "user.xml"))
	c, _ := newTestClient(t, s, withToken)
	if _, err := c.Account(t.Context()); !errors.Is(err, ErrForbidden) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Account(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUserThatIsNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"username":".."}`, `{"username":"a/../b"}`, `{"username":7}`, `[]`, `{"username"`, "<html>"} {
		s := newScript(t)
		s.on(customerRequest, answer(200, body))
		c, _ := newTestClient(t, s, withToken)
		if _, err := c.Account(t.Context()); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}
