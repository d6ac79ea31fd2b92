package jotta

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func parseTestError(status int, body string) *APIError {
	e := parseAPIError(status, http.Header{}, []byte(body), time.Time{})
	e.Op, e.Path = "upload", "/mybox/backup/x"
	return e
}

func TestAPIErrorText(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const op = `upload "/mybox/backup/x": `
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"JFS", 404, read("error.xml"), "not found: The path does not exist: /u1/mybox/x (server code 404, NoSuchPathException, x-id 1234567890)"},
		{"API, control characters", 400, read("error.json"), "md5 is missing\uFFFD[31m (server code 400, InvalidArgumentException, x-id abc-123)"},
		{"quota", 460, "", "quota exceeded (server code 460)"},
		{"quota as 403", 403, `{"message":"Over Quota"}`, "quota exceeded: Over Quota (server code 403)"},
		{"locked", 403, `{"error_id":"AccountLockedException","message":"write-locked"}`,
			"the account is locked for writing: write-locked (server code 403, AccountLockedException)"},
		{"incomplete", 420, "", "part of the content is still missing (server code 420)"},
		{"corrupt", 421, "", "what arrived is not what was announced (server code 421)"},
		{"HTML", 502, "<html><body>Bad <b>Gateway</body></html>", "the service cannot answer now (server code 502)"},
		{"HTML, well-formed", 400, "<html/>", "bad request (server code 400)"},
		{"broken JSON", 409, `{"message":`, "conflict (server code 409)"},
		{"unheard of", 499, "", "refused (server code 499)"},
		{"long", 400, `{"message":"` + strings.Repeat("é", 1000) + `"}`, strings.Repeat("é", 300) + "… (server code 400)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := parseTestError(tt.status, tt.body).Error(); got != op+tt.want {
				t.Errorf("got  %s\nwant %s", got, op+tt.want)
			}
		})
	}
}

func TestAPIErrorIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		want   error
	}{
		{400, "", nil},
		{400, `{"error_id":"BadCredentialsException"}`, ErrUnauthorized},
		{401, "", ErrUnauthorized},
		{403, "", ErrForbidden},
		{403, `{"message":"quota"}`, ErrQuota},
		{403, `{"message":"the account is write-locked"}`, ErrWriteLocked},
		{403, `{"message":"the account is read-locked"}`, ErrForbidden},
		{404, "", ErrNotFound},
		{409, "", nil},
		{420, "", nil},
		{429, "", ErrUnavailable},
		{460, "", ErrQuota},
		{301, "", ErrRefusedRedirect},
		{500, "", ErrUnavailable},
		{501, "", nil},
		{503, "", ErrUnavailable},
		{509, "", ErrUnavailable},
	}
	sentinels := []error{ErrNotFound, ErrUnauthorized, ErrForbidden, ErrQuota, ErrWriteLocked, ErrUnavailable, ErrRefusedRedirect, ErrBadAnswer}
	for _, tt := range tests {
		err := error(parseTestError(tt.status, tt.body))
		for _, sentinel := range sentinels {
			if got := errors.Is(err, sentinel); got != (sentinel == tt.want) {
				t.Errorf("%v is %q: %v", err, sentinel, got)
			}
		}
	}
}

// A short password may be a part of what the service says by chance.
func TestAPIErrorMeansWhatItSaidBeforeSecretsWereHidden(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]error{"the quota is used up": ErrQuota, "the account is locked": ErrWriteLocked} {
		e := &APIError{Status: 403, Message: message}
		e.hide("t")
		e.hide("he")
		if !errors.Is(e, want) || strings.Contains(e.Message, "account") || strings.Contains(e.Message, "quota") {
			t.Errorf("%v is no %v", e, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"3", 3 * time.Second},
		{" 3 ", 3 * time.Second},
		{"300", 5 * time.Minute},
		{"301", 5 * time.Minute},
		{"1000000000", 5 * time.Minute},
		{"99999999999999999999999", 0},
		{"1e9", 0},
		{"-3", 0},
		{"3.5", 0},
		{"soon", 0},
		{"Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"Fri, 02 Jan 2026 03:00:00 GMT", 0},
		{"Fri, 02 Jan 2099 03:00:00 GMT", 5 * time.Minute},
	}
	for _, tt := range tests {
		if got := parseRetryAfter(tt.value, now); got != tt.want {
			t.Errorf("parseRetryAfter(%q) = %v, want %v", tt.value, got, tt.want)
		}
	}
}
